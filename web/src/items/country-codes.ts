/** The values of the shared definition `Country` in the types' JSON Schemas; empty where there is none. */
export function codesIn(types: readonly { readonly schema: Readonly<Record<string, unknown>> }[]): readonly string[] {
  for (const { schema } of types) {
    const { Country: country } = (schema['$defs'] ?? {}) as { Country?: { enum?: readonly string[] } };
    if (country?.enum !== undefined) return country.enum;
  }
  return [];
}
