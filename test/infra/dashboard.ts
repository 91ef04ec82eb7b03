import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { curvesOf, pictureOf, type Widget, widgetsOf } from './dashboard-layout.ts';
import { COUNTED, isOurs, MEASURED, requireCounted, type Watched } from './monitoring.ts';
import type { Stacks } from './synth.ts';

const PICTURE = 'docs/dashboard.md';

/** The page that the operator looks at. */
export function describeDashboard({ standard: stack }: Stacks): void {
  describe('the dashboard', () => {
    const { DashboardBody, DashboardName } = stack.at('Monitoring/Overview/Dashboard').Properties;
    const widgets = widgetsOf(stack.name(DashboardBody));
    const watched = widgets.flatMap(watchedIn);

    it('has the name of its stage and its region, for there is one set of names for all regions', () => {
      expect(stack.name(DashboardName)).toBe('Twinlock-dev-AWS::Region');
    });

    it('shows every alarm', () => {
      const alarms = stack.ofType('AWS::CloudWatch::Alarm').map(({ id }) => stack.pathOfId(id));
      expect(widgets.flatMap(({ properties }) => properties.alarms).sort()).toEqual([...alarms].sort());
    });

    it('shows all that functions count and measure, under the very names that they write', () => {
      const ours = watched.filter(isOurs);
      for (const each of ours) requireCounted(each);
      const shown = new Set(ours.map(({ name }) => name));
      expect([...shown].sort()).toEqual([...Object.keys(COUNTED), ...Object.keys(MEASURED)].sort());
    });

    it('gives every curve of a widget a name of its own', () => {
      for (const widget of widgets.filter(({ type }) => type === 'metric')) {
        const curves = curvesOf(widget);
        expect(curves.length).toBeGreaterThan(0);
        expect(new Set(curves).size).toBe(curves.length);
      }
    });

    it('shows what the services say of themselves: of the API, the functions, the table and the queue', () => {
      const others = new Set(
        watched.filter((each) => !isOurs(each)).map(({ namespace, name }) => `${namespace} ${name}`),
      );
      expect([...others].sort()).toEqual([
        'AWS/ApiGateway 4XXError',
        'AWS/ApiGateway 5XXError',
        'AWS/ApiGateway Count',
        'AWS/ApiGateway Latency',
        'AWS/DynamoDB ConsumedReadCapacityUnits',
        'AWS/DynamoDB ConsumedWriteCapacityUnits',
        'AWS/DynamoDB ReadThrottleEvents',
        'AWS/DynamoDB TransactionConflict',
        'AWS/DynamoDB WriteThrottleEvents',
        'AWS/Lambda ConcurrentExecutions',
        'AWS/Lambda Duration',
        'AWS/Lambda Errors',
        'AWS/Lambda Invocations',
        'AWS/Lambda Throttles',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
      ]);
    });

    it('is laid out as its picture shows; `npm run dashboard` draws it anew', () => {
      const page = readFileSync(PICTURE, 'utf8');
      const drawn = page.replace(/^```text\n[\s\S]*?^```$/m, () => `\`\`\`text\n${pictureOf(widgets)}\n\`\`\``);
      if (process.env['RENEW_PICTURE'] === '1') writeFileSync(PICTURE, drawn);
      expect(drawn).toContain('SIGN-INS');
      expect(drawn).toBe(readFileSync(PICTURE, 'utf8'));
    });
  });
}

/** The metrics of a widget: a metric is its namespace, its name, its dimensions one after the other, and how it is drawn. */
function watchedIn({ properties }: Widget): Watched[] {
  return properties.metrics.map((metric) => {
    const [namespace = '', name = '', ...rest] = z.array(z.string()).parse(metric.slice(0, -1));
    const pairs = Array.from({ length: rest.length / 2 }, (_, at) => [rest[2 * at] ?? '', rest[2 * at + 1] ?? '']);
    return { namespace, name, dimensions: Object.fromEntries(pairs) as Record<string, string> };
  });
}
