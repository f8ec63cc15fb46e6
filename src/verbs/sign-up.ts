// Who gets an account by the first command, as the configuration has it: EMAIL_SIGNUP names single people as well as domains.
import type { SignUp } from '../commands/admit.ts';
import { signUpPolicy } from '../commands/sign-up.ts';
import type { Config } from '../config.ts';

export function signUpOf(rules: Config['signUp']): SignUp {
  const policy = signUpPolicy(rules);
  // A domain has no @, so no word of the list is both.
  const people = new Set(typeof rules.email === 'string' ? [] : rules.email.filter((word) => word.includes('@')));
  return {
    mayJoin: (speaker) =>
      policy.mayJoin(speaker) || (speaker.door === 'email' && people.has(speaker.subject.toLowerCase())),
  };
}
