// Who gets an account by the first command: a rule for each door, given by the operator.
import type { Speaker } from '../threads/arrival.ts';
import type { SignUp } from './admit.ts';

/** Everybody the door lets speak, nobody, or those of the places named. */
export type Admission = 'open' | 'closed' | readonly string[];

/** By door. A list names Slack teams, Discord guilds or roles, mail domains and addresses; an SSH key belongs to none of such. */
export interface Admissions {
  slack: Admission;
  discord: Admission;
  ssh: 'open' | 'closed';
  email: Admission;
}

/** What a speaker provably belongs to, by which a list may let them in. */
const PLACES: Readonly<Record<string, (speaker: Speaker) => readonly string[]>> = {
  slack: ({ tenant }) => [tenant],
  discord: ({ groups = [] }) => groups,
  // A domain has no @, so no word of a list is both.
  email: ({ subject }) => [subject.slice(subject.lastIndexOf('@') + 1), subject].map((one) => one.toLowerCase()),
};

/**
 * `open` of Slack is for the team that has us installed: a guest from the other side of a shared channel gets in only when a list names
 * their own team. A door that is not named lets nobody in.
 */
export function signUpPolicy(admissions: Partial<Admissions>): SignUp {
  const rules = new Map<string, Admission>(Object.entries(admissions));
  return {
    mayJoin(speaker) {
      const rule = rules.get(speaker.door) ?? 'closed';
      if (rule === 'closed') return false;
      if (rule === 'open') return speaker.guest !== true;
      const places = PLACES[speaker.door]?.(speaker) ?? [];
      return places.some((place) => place !== '' && rule.includes(place));
    },
  };
}

/** What somebody who may not sign up here can try first; undefined when nothing is known that would help. */
export function whereToSignUp({ door, groups }: Speaker): string | undefined {
  return door === 'discord' && groups === undefined
    ? 'Direct messages do not say of which server you are: type your first command in the server.'
    : undefined;
}
