import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';

/** Where the runbooks stand, from the project's root. */
const RUNBOOKS = 'docs/operations.md';

export interface Warning {
  /** What has happened, in a sentence. */
  readonly means: string;
  /** The heading of its runbook as an anchor, without the "alarm-" that each begins with: "dead-letters". */
  readonly runbook: string;
  readonly metric: IMetric;
  /** From which value on. */
  readonly threshold: number;
  /** How many periods of the metric in a row. @default 1 */
  readonly periods?: number;
}

/** The alarms of a stage: each reaches the operator, and says where to read on. */
export class Alarms {
  readonly all: Alarm[] = [];
  readonly #scope: Construct;
  readonly #action: SnsAction;

  constructor(scope: Construct, action: SnsAction) {
    this.#scope = scope;
    this.#action = action;
  }

  /** An alarm for what there is too much of. Where nothing is counted, nothing is wrong. */
  tooMuch(id: string, warning: Warning): void {
    this.#add(id, warning, ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, TreatMissingData.NOT_BREACHING);
  }

  /** An alarm for what must be there: silence is the fault. */
  tooLittle(id: string, warning: Warning): void {
    this.#add(id, warning, ComparisonOperator.LESS_THAN_THRESHOLD, TreatMissingData.BREACHING);
  }

  #add(
    id: string,
    { means, runbook, metric, threshold, periods = 1 }: Warning,
    comparisonOperator: ComparisonOperator,
    treatMissingData: TreatMissingData,
  ): void {
    const alarm = new Alarm(this.#scope, id, {
      alarmDescription: `${means} Runbook: ${RUNBOOKS}#alarm-${runbook}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator,
      treatMissingData,
    });
    alarm.addAlarmAction(this.#action);
    this.all.push(alarm);
  }
}
