import type { Send } from '../../fixtures/app.ts';
import { type Member, settle } from '../people.ts';
import { ask, type Scene, type Shape } from '../shape.ts';
import type { Stage } from '../stage.ts';

export type Request = readonly [call: string, send?: Send];

/**
 * A shape's beginning: a call of one of the account's sessions.
 *
 * @param of says which
 * @param live makes the account
 */
export function calling<M extends Member>(
  of: (member: M) => Request,
  live: (stage: Stage) => Promise<M>,
): Shape['prepare'];
export function calling(of: (member: Member) => Request): Shape['prepare'];
export function calling(
  of: (member: never) => Request,
  live: (stage: Stage) => Promise<Member> = settle,
): Shape['prepare'] {
  return async (stage): Promise<Scene> => {
    const member = await live(stage);
    const [call, send] = of(member as never);
    return { act: () => ask(stage, call, { token: member.token, ...send }), known: member.known };
  };
}
