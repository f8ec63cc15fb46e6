// What is on a volume of the clouds of tests.
export interface FakeDisk {
  text: string | undefined;
}

export const emptyDisk = (): FakeDisk => ({ text: undefined });
