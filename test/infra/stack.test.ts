import { describeApi } from './api.ts';
import { describeFunctions } from './functions.ts';
import { describeMonitoring } from './monitoring.ts';
import { describeStorage } from './storage.ts';
import { Synthesized } from './synth.ts';

// In one file, since to load the CDK and to synthesize take seconds.
const stacks = {
  standard: new Synthesized(),
  varied: new Synthesized({
    allowedOrigins: ['https://a.example.com', 'https://b.example.com'],
    macKeys: 2,
    removalPolicy: 'destroy',
    apiLogRole: false,
    reservedConcurrency: 7,
    pdf: { brand: 'Example Vault', paper: 'Letter', language: 'de', logo: 'brand/logo.PNG' },
  }),
};

describeStorage(stacks);
describeFunctions(stacks);
describeApi(stacks);
describeMonitoring(stacks);
