import { isRecord, type Statement, type Synthesized, statements } from '../synth.ts';
import type { Need } from './needs.ts';

/** One condition of a statement: an operator, a key, and the values that it is held against. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A statement of a policy, its resources named in short. */
export interface Rule {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

/** The conditions whose every value is a permission of its own. */
const LISTS = ['dynamodb:LeadingKeys', 'kms:EncryptionContext:purpose', 's3:prefix'];

/** What a role's policies say. @param role as `Items/Role` */
export function rulesOfRole(stack: Synthesized, role: string): Rule[] {
  return stack
    .ofType('AWS::IAM::Policy')
    .filter(({ Properties: { Roles } }) => Array.isArray(Roles) && Roles.some((one) => stack.name(one) === role))
    .flatMap(({ Properties }) => statements(Properties.PolicyDocument))
    .map((statement) => ruleOf(stack, statement));
}

/** What a key's policy says to the roles of its account. @param key as `Keys/Wrap` */
export function rulesOfKey(stack: Synthesized, key: string): Rule[] {
  return statements(stack.at(key).Properties.KeyPolicy)
    .filter(({ Principal }) => isRecord(Principal) && 'AWS' in Principal)
    .map((statement) => ruleOf(stack, statement));
}

function ruleOf(stack: Synthesized, { Effect, Action, Resource, Condition }: Statement): Rule {
  return {
    effect: Effect,
    actions: Action,
    resources: Resource.map((resource) => stack.name(resource)),
    conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator,
        key,
        values: (Array.isArray(values) ? (values as unknown[]) : [values]).map((value) => stack.name(value)),
      })),
    ),
  };
}

/** Whether rules let a call pass: one allows it, and none denies it. */
export function isAllowed(rules: readonly Rule[], need: Need): boolean {
  const fitting = rules.filter((rule) => fits(rule, need));
  return fitting.some(({ effect }) => effect === 'Allow') && fitting.every(({ effect }) => effect === 'Allow');
}

/** Whether a rule speaks of a call. @throws Error for an operator that is not known here */
export function fits({ actions, resources, conditions }: Rule, { action, resource, context }: Need): boolean {
  return (
    actions.some((pattern) => isLike(pattern, action)) &&
    resources.some((pattern) => isLike(pattern, resource)) &&
    conditions.every((condition) => holds(condition, context[condition.key]))
  );
}

/** As IAM has it: see the IAM User Guide, "Condition operators" and "Set operators". */
function holds({ operator, values }: Condition, held: readonly string[] | undefined): boolean {
  switch (operator) {
    case 'StringEquals':
      return held?.some((value) => values.includes(value)) === true;
    case 'StringLike':
      return held?.some((value) => values.some((pattern) => isLike(pattern, value))) === true;
    // True also of a key that is not there.
    case 'StringNotEquals':
      return held?.some((value) => values.includes(value)) !== true;
    case 'ForAllValues:StringEquals':
      return (held ?? []).every((value) => values.includes(value));
    case 'ForAllValues:StringLike':
      return (held ?? []).every((value) => values.some((pattern) => isLike(pattern, value)));
    default:
      throw new Error(`the operator ${operator} is not known here`);
  }
}

/** A rule's single permissions: one action on one resource, for one value of each list. */
export function grainsOf(rule: Rule): Rule[] {
  const conditions = rule.conditions.reduce<Condition[][]>(
    (all, condition) => {
      const values = LISTS.includes(condition.key) ? condition.values.map((value) => [value]) : [condition.values];
      return all.flatMap((before) => values.map((one) => [...before, { ...condition, values: one }]));
    },
    [[]],
  );
  return rule.actions.flatMap((action) =>
    rule.resources.flatMap((resource) =>
      conditions.map((one) => ({ effect: rule.effect, actions: [action], resources: [resource], conditions: one })),
    ),
  );
}

/** A single permission in short, as `dynamodb:GetItem on Vault/Table for A#*`. */
export function describeGrain({ actions, resources, conditions }: Rule): string {
  const lists = conditions.filter(({ key }) => LISTS.includes(key)).flatMap(({ values }) => values);
  return [`${actions.join()} on ${resources.join()}`, ...lists.map((value) => `for ${value}`)].join(' ');
}

function isLike(pattern: string, text: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`, 's').test(text);
}
