import type * as z from 'zod';
import type { ItemData as DataOf, ItemType as TypeOfItem } from '../../lambda/domain/items.ts';
import type { ErrorCode as ServiceErrorCode, Issue as ServiceIssue } from '../../lambda/errors.ts';
import type { GatewayCode as GatewayErrorCode, ROUTES, RouteName } from '../../lambda/http/route-list.ts';
import type { ACCOUNT_CONTRACTS } from '../../lambda/http/schemas/accounts.ts';
import type { DOCUMENT_CONTRACTS } from '../../lambda/http/schemas/documents.ts';
import type { ITEM_CONTRACTS } from '../../lambda/http/schemas/items.ts';

// What the service takes and answers, inferred from the schemas that check its requests. For publication each alias
// without parameters is printed as what it stands for (bin/build-client.ts).

type Contracts = typeof ACCOUNT_CONTRACTS & typeof ITEM_CONTRACTS & typeof DOCUMENT_CONTRACTS;
type Routes = typeof ROUTES;
type CallOf<N extends RouteName> = `${Routes[N]['method']} ${Routes[N]['path']}`;
type NameOf<C extends Call> = { [N in RouteName]: CallOf<N> extends C ? N : never }[RouteName];
type Parameter<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Parameter<Rest> : never;
type AnswerIn<R> = {
  [S in keyof R]: R[S] extends { readonly schema: infer Z extends z.ZodType } ? z.output<Z> : undefined;
};

declare const prepared: unique symbol;

/** A password as it goes into a body: a mere string does not compile there, so that no call forgets to stretch. */
export type Secret = string & { readonly [prepared]: true };

type PasswordField = 'password' | 'newPassword' | 'currentPassword';

/** A call of the service, as `POST /v1/items`. */
export type Call = { [N in RouteName]: CallOf<N> }[RouteName];

/** The values that stand in a call's path. */
export type Params<C extends Call> = Readonly<Record<Parameter<C>, string>>;

/** The JSON body of a call. */
export type Body<C extends Call> = Contracts[NameOf<C>] extends { readonly json: infer Z extends z.ZodType }
  ? NameOf<C> extends keyof typeof ACCOUNT_CONTRACTS
    ? { [F in keyof z.input<Z>]: F extends PasswordField ? Secret : z.input<Z>[F] }
    : z.input<Z>
  : never;

/** What a call answers: its JSON body, or nothing. */
export type Answer<C extends Call> = AnswerIn<Contracts[NameOf<C>]['responses']>[keyof AnswerIn<
  Contracts[NameOf<C>]['responses']
>];

type Input<C extends Call> = Omit<Body<C>, 'cursor'>;

/** The types of items. */
export type ItemType = TypeOfItem;

/** What an item of each type holds. */
export type ItemDataByType = { [T in TypeOfItem]: DataOf<T> };

/** What every item has, whatever its type. */
export type ItemHead = Pick<Answer<'PUT /v1/items/{itemId}'>, 'id' | 'label' | 'version' | 'createdAt' | 'updatedAt'>;

/** A type of items with its title and the JSON Schema (2020-12) of its data. */
export type ItemTypeInfo = Answer<'GET /v1/item-types'>['types'][number];

/** The account; times are RFC 3339 in UTC. */
export type Account = Answer<'GET /v1/account'>;

/** One page of the activity, newest first, with what is known of its chain. */
export type ActivityPage = Answer<'GET /v1/account/activity'>;

/** One thing that was done in the account, or tried. */
export type ActivityEntry = ActivityPage['activity'][number];

/** What a deleted account held. */
export type DeletionReceipt = Answer<'POST /v1/account/deletion'>;

/** How far a rotation of keys has come. */
export type Rotation = Answer<'POST /v1/account/key-rotation'>;

/** A live session of the account. */
export type SessionEntry = Answer<'GET /v1/sessions'>['sessions'][number];

/** A PDF; `size` in bytes, `sha256` in hex, `template` null for one that was sent. */
export type Document = Answer<'GET /v1/documents/{documentId}'>;

/** One page of documents, newest first. */
export type DocumentPage = Answer<'GET /v1/documents'>;

/** A template with the items and fields that it takes. */
export type Template = Answer<'GET /v1/templates'>['templates'][number];

/** What a document is made from. */
export type NewDocument = Input<'POST /v1/documents'>;

/** The codes of the service's errors, and of the gateway's in front of it. */
export type ServiceCode = ServiceErrorCode | GatewayErrorCode;

/** One fault of a request: where (a JSON pointer) and what. */
export type Issue = ServiceIssue;

/** @internal */
export type SignedIn = Answer<'POST /v1/sessions'>;

/** @internal */
export type Recovered = Answer<'POST /v1/recovery'>;
