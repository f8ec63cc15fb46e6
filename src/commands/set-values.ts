// Words that stand for yes and no in a setting.

/** `on` or `off`, and what else people write for them. */
export function readSwitch(text: string): boolean | undefined {
  const said = text.trim().toLowerCase();
  if (['on', 'yes', 'true'].includes(said)) return true;
  return ['off', 'no', 'false', 'never'].includes(said) ? false : undefined;
}
