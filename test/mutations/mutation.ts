// What a deliberate mistake in the code is: one place changed, and the test that has to notice.

export interface Mutation {
  /** What goes wrong in words, and which promise of the design it breaks. */
  mistake: string;
  promise: string;
  /** From the top of the project. */
  file: string;
  /** Stands exactly once in the file. */
  find: string;
  replace: string;
  /** The test file, and a part of the test's title where not all of the file is to be run. */
  test: string;
  title?: string;
}
