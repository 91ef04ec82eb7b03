// Draws the OpenAPI document that the service beside this page serves. `Redoc` is of /docs/redoc.js.
const SANS = 'system-ui, sans-serif';

globalThis.Redoc.init(
  '/v1/openapi.json',
  {
    expandResponses: '200,201',
    generatedSamplesMaxDepth: 4,
    jsonSamplesExpandLevel: 4,
    // Of some 250 countries.
    maxDisplayedEnumValues: 12,
    schemasExpansionLevel: 1,
    sortRequiredPropsFirst: true,
    // Fonts of the machine: none is fetched.
    theme: {
      typography: { fontFamily: SANS, headings: { fontFamily: SANS }, code: { fontFamily: 'ui-monospace, monospace' } },
    },
  },
  globalThis.document.getElementById('reference'),
);
