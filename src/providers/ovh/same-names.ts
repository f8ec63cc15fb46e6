// Which of several things of one name counts: OVH lets names repeat, so it has to be the same one for everybody who looks.

/** The oldest first, then by id; what does not say when it was made comes last. */
export function oldestFirst<T>(things: readonly T[], of: (thing: T) => { id: string; madeAt: Date | undefined }): T[] {
  const at = (thing: T): number => of(thing).madeAt?.getTime() ?? Number.POSITIVE_INFINITY;
  return [...things].sort((one, other) => {
    const [first, second] = [at(one), at(other)];
    if (first !== second) return first < second ? -1 : 1;
    return of(one).id < of(other).id ? -1 : 1;
  });
}
