import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { readSettings, SettingsError } from '../lib/settings.ts';
import { TwinlockStack } from '../lib/twinlock-stack.ts';

try {
  const app = new App();
  const settings = readSettings((key): unknown => app.node.tryGetContext(key));
  const { stageName, region } = settings;
  new TwinlockStack(app, `Twinlock-${stageName}`, { settings, ...(region === undefined ? {} : { env: { region } }) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
