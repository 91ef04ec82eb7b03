import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Runs a function every hour. The next run finds what a failed one left: what is in the queue tells of a run, and need
 * not be sent again.
 */
export class Hourly extends Rule {
  constructor(scope: Construct, id: string, fn: IFunction, deadLetterQueue: IQueue) {
    const delivery = { retryAttempts: 2, maxEventAge: Duration.minutes(30), deadLetterQueue };
    super(scope, id, { schedule: Schedule.rate(Duration.hours(1)), targets: [new LambdaFunction(fn, delivery)] });
  }
}
