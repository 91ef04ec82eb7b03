import type * as z from 'zod';

/** Bodies with what each of them shows, by a short name. */
export type NamedExamples<T> = Readonly<Record<string, { readonly summary: string; readonly value: T }>>;

/** The examples of a call, whichever it is. */
export interface AnyExamples {
  /** By name, where they differ from those of other calls. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly body?: NamedExamples<unknown>;
  /** By status. */
  readonly answers?: Readonly<Record<string | number, NamedExamples<unknown>>>;
}

/** Of a call that takes JSON, examples of it. */
type Bodied<C> = C extends { readonly json: infer S extends z.ZodType }
  ? { readonly body: NamedExamples<z.input<S>> }
  : { readonly body?: never };

/** Of each answer that has JSON, examples of it. */
type Answered<R> = {
  readonly [S in keyof R as R[S] extends { readonly schema: z.ZodType } ? S : never]: R[S] extends {
    readonly schema: infer T extends z.ZodType;
  }
    ? NamedExamples<z.input<T>>
    : never;
};

/** The examples of a service's calls: one that is missing, or that breaks its schema, does not compile. */
export type ExamplesOf<Contracts> = {
  readonly [N in keyof Contracts]: Contracts[N] extends { readonly responses: infer R }
    ? Pick<AnyExamples, 'parameters'> &
        Bodied<Contracts[N]> &
        (keyof Answered<R> extends never ? { readonly answers?: never } : { readonly answers: Answered<R> })
    : never;
};
