import { describeApi } from './api.ts';
import { describeControls } from './controls.ts';
import { describeDashboard } from './dashboard.ts';
import { describeFront } from './front.ts';
import { describeFunctions } from './functions.ts';
import { describeMonitoring } from './monitoring.ts';
import { describeStorage } from './storage.ts';
import { Synthesized } from './synth.ts';

const DOMAIN = { name: 'vault.example.com', hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' };
const CERTIFICATE = '111122223333:certificate/0a1b2c3d';

// In one file, since to load the CDK and to synthesize take seconds.
const stacks = {
  standard: new Synthesized({ removalPolicy: 'retain', waf: true }),
  varied: new Synthesized({
    allowedOrigins: ['https://a.example.com', 'https://b.example.com'],
    wrapKeys: 3,
    retiredWrapKeys: 1,
    macKeys: 2,
    removalPolicy: 'destroy',
    waf: false,
    domain: { ...DOMAIN, certificateArn: `arn:aws:acm:eu-central-1:${CERTIFICATE}` },
    apiLogRole: false,
    reservedConcurrency: 7,
    pdf: { brand: 'Example Vault', paper: 'Letter', language: 'de', logo: 'brand/logo.PNG' },
  }),
  edge: new Synthesized({
    waf: true,
    edge: true,
    domain: { ...DOMAIN, certificateArn: `arn:aws:acm:us-east-1:${CERTIFICATE}` },
  }),
};

describeStorage(stacks);
describeFunctions(stacks);
describeApi(stacks);
describeFront(stacks);
describeMonitoring(stacks);
describeDashboard(stacks);
describeControls(stacks);
