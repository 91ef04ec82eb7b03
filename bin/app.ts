import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readSettings, SettingsError } from '../lib/settings.ts';
import { TwinlockStack } from '../lib/twinlock-stack.ts';

try {
  const app = new App();
  const settings = readSettings((key): unknown => app.node.tryGetContext(key));
  new TwinlockStack(app, `Twinlock-${settings.stageName}`, { settings });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
