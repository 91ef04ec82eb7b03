import fc from 'fast-check';
import { enter, In } from './in.ts';
import type { Model, Session } from './model.ts';
import type { Real } from './real.ts';

/** One thing that a client does, with what it depends on left to the state that it meets. */
export type Deed = fc.AsyncCommand<Model, Real>;

/** Whose deed it is: one of the live sessions, or of those that are over. */
export interface Who {
  readonly place: number;
  readonly isOver: boolean;
}

export const whose: fc.Arbitrary<Who> = fc.record({
  place: fc.nat(50),
  isOver: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/**
 * A kind of deed.
 *
 * @param parameters what it is made with
 * @param run sends it, holds its answers against the model, and brings the model to where the service should be
 */
export function deed<P>(
  name: string,
  parameters: fc.Arbitrary<P>,
  run: (m: Model, real: Real, p: P) => Promise<void>,
  check: (m: Readonly<Model>) => boolean = () => true,
): fc.Arbitrary<Deed> {
  return parameters.map((p) => ({
    check,
    run: (m, real) => {
      m.deeds += 1;
      return run(m, real, p);
    },
    toString: () => `${name}(${JSON.stringify(p)})`,
  }));
}

/** A deed of a session. */
export function deedIn<P>(
  name: string,
  parameters: fc.Arbitrary<P>,
  run: (at: In, p: P) => Promise<void>,
): fc.Arbitrary<Deed> {
  return deed(name, fc.tuple(whose, parameters), async (m, real, [who, p]) => {
    const sessions = m.sessions.filter((session) => m.isLive(session) !== who.isOver);
    const session = pick(sessions, who.place) ?? (await signInAgain(m, real, who.place));
    if (session !== null) await run(new In(m, real, session), p);
  });
}

/** One of them, whatever number is given; null where there is none. */
export function pick<T>(all: Iterable<T>, place: number): T | null {
  const list = [...all];
  return list[place % Math.max(1, list.length)] ?? null;
}

/** What a client does whose session is over. @returns null where no account is left, or a delay runs */
async function signInAgain(m: Model, real: Real, place: number): Promise<Session | null> {
  const account = pick(
    m.accounts.filter(({ deleted }) => !deleted),
    place,
  );
  return account === null ? null : enter(m, real, { email: account.email, password: account.password });
}
