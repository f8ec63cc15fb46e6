// Deliberate mistakes, one for each guard that a promise hangs on, each with the test that has to notice it. `npm run test:mutations`
// makes them one after the other in a copy of the project.
import { z } from 'zod';
import list from './list.json' with { type: 'json' };

const mutationSchema = z.strictObject({
  /** What goes wrong, in words. */
  mistake: z.string(),
  /** Of the design, with its number, or what else depends on it. */
  promise: z.string(),
  /** From the top of the project. */
  file: z.string(),
  /** Stands exactly once in the file. */
  find: z.string(),
  replace: z.string(),
  /** The test file, and a part of the test's title where not all of the file is to be run. */
  test: z.string(),
  title: z.string().optional(),
});
export type Mutation = z.infer<typeof mutationSchema>;

export const MUTATIONS: readonly Mutation[] = z.array(mutationSchema).parse(list);
