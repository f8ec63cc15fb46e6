// All Web API methods that the fake has. What is not here answers `unknown_method`, as Slack does.
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { directoryMethods } from './directory.ts';
import { fileMethods } from './files.ts';
import type { Method } from './method.ts';
import { viewMethods } from './views.ts';

export const METHODS: ReadonlyMap<string, Method> = new Map(
  [...chatMethods, ...conversationMethods, ...directoryMethods, ...fileMethods, ...viewMethods].map((method) => [
    method.name,
    method,
  ]),
);
