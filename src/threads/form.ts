// Commands as forms: what a platform needs to offer them as typed options, in dialogs and with suggestions, without knowing them.
import type { BoxState } from '../boxes/states.ts';

/**
 * One thing that a command takes. `box` is one of the person's boxes, best in one of `states`; `choice` one of `choices`; `count` a whole
 * number; `switch` yes or no; `text` may be long; all others are one word.
 */
export interface FormField {
  name: string;
  /** What it is, in a few words. */
  about: string;
  kind: 'box' | 'newName' | 'choice' | 'word' | 'text' | 'count' | 'memory' | 'disk' | 'switch';
  required: boolean;
  choices?: readonly string[];
  minimum?: number;
  maximum?: number;
  states?: readonly BoxState[];
  /** What was typed already and is only a beginning: stands in the field for the person to go on from. */
  initial?: string;
}

export interface CommandForm {
  name: string;
  /** What it does, in a few words. */
  summary: string;
  /** `private`: its answer is for the asker alone. */
  visibility: 'thread' | 'private';
  /** For operators only. */
  admin: boolean;
  fields: readonly FormField[];
}

/** What was filled in, as typed; a number or a yes where the platform has such. */
export type FormValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** A question for what was left out of a command. */
export interface Dialog {
  command: string;
  title: string;
  fields: readonly FormField[];
  /** What the line said already; goes into `write` together with the answers. */
  given: FormValues;
}

export interface Forms {
  readonly commands: readonly CommandForm[];
  /** The line that a person would type for it. What they filled in wrongly stays in it, so that the grammar says what is wrong. */
  write(command: string, values: FormValues): string;
  /** The dialog that completes the line, where its command has one and the line left out what it asks for. */
  dialogFor(line: string): Dialog | undefined;
}
