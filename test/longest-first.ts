// The order of test files: those that take minutes begin first, so that none of them is left to run alone at the end.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Longest first, by what they took on two cores. */
const LONGEST = [
  'faults/idle',
  'faults/crash',
  'faults/threads',
  'faults/paused',
  'faults/storm',
  'faults/crash-doors',
  'faults/upgrade',
  'providers/digitalocean/digitalocean.contract',
  'providers/ovh/ovh.contract',
  'e2e/clouds',
].map((name) => `/test/${name}.test.ts`);

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((path) => moduleId.endsWith(path));
  return place < 0 ? LONGEST.length : place;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
