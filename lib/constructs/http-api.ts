import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  CfnRestApi,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  ResponseTransferMode,
  type ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROUTES, type Route, routePaths } from '../../lambda/http/route-list.ts';
import { ANSWER_TIMEOUT, STAGE, STREAM_TIMEOUT, TLS } from './gateway-limits.ts';
import { gatewayResponses } from './gateway-responses.ts';

/** Calls a second and at once. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

export interface HttpApiProps {
  readonly name: string;
  /** The function that answers for each service. */
  readonly functions: Readonly<Record<Route['service'], IFunction>>;
  readonly allowedOrigins: readonly string[];
  /** Whether the name that API Gateway gives is shut, for there is another. */
  readonly hasOwnName: boolean;
  readonly throttle: Throttle;
  /** For each open call that hashes a password. */
  readonly passwordThrottle: Throttle;
  /** Whether to make the role by which API Gateway writes logs, one a region and AWS account. */
  readonly logRole: boolean;
  readonly logKey: IKey;
  readonly logRetentionDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** The REST API: a method for each route of the list, and what the gateway answers by itself. */
export class HttpApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const routes: readonly Route[] = Object.values(ROUTES);
    const logs = { encryptionKey: props.logKey, retention: props.logRetentionDays, removalPolicy: props.removalPolicy };

    this.api = new RestApi(this, 'Api', {
      restApiName: props.name,
      description: 'Twinlock, a vault for personal data.',
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: props.hasOwnName,
      binaryMediaTypes: ['application/pdf'],
      cloudWatchRole: props.logRole,
      deployOptions: {
        stageName: STAGE,
        accessLogDestination: new LogGroupLogDestination(new LogGroup(this, 'AccessLogs', logs)),
        accessLogFormat: ACCESS_LOG_FORMAT,
        // A trace of the gateway holds the caller's address, which nothing else here keeps in plain.
        tracingEnabled: false,
        ...methodOptions(props.throttle),
        methodOptions: Object.fromEntries([
          ...routes
            .filter(hashesPassword)
            .map(
              (route) => [`${withinStage(route.path)}/${route.method}`, methodOptions(props.passwordThrottle)] as const,
            ),
          [WATCHED, { ...methodOptions(props.throttle), metricsEnabled: true }],
        ]),
      },
    });
    if (this.api.node.defaultChild instanceof CfnRestApi) Object.assign(this.api.node.defaultChild, TLS);
    // The stack has an output of its own for it.
    this.api.node.tryRemoveChild('Endpoint');
    // The gateway would make this group itself, unencrypted and kept for ever.
    const executionLogs = new LogGroup(this, 'ExecutionLogs', {
      ...logs,
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${STAGE}`,
    });
    this.api.deploymentStage.node.addDependency(executionLogs);

    this.addMethods(routes, props);
    for (const response of gatewayResponses(props.allowedOrigins[0])) {
      this.api.addGatewayResponse(nameOf(response.type), response);
    }
    this.acknowledge(props.logRole);
  }

  private addMethods(routes: readonly Route[], props: HttpApiProps): void {
    // A function speaks one protocol: if it streams one answer, it streams them all.
    const streaming = new Set(routes.filter((route) => route.stream).map((route) => route.service));
    const integrate = (service: Route['service']) =>
      new LambdaIntegration(props.functions[service], {
        scopePermissionToMethod: false,
        ...(streaming.has(service)
          ? { responseTransferMode: ResponseTransferMode.STREAM, timeout: STREAM_TIMEOUT }
          : { timeout: ANSWER_TIMEOUT }),
      });
    const integrations = {
      accounts: integrate('accounts'),
      items: integrate('items'),
      documents: integrate('documents'),
    };
    const paths = new Set<string>();
    for (const route of routes) {
      const integration = integrations[route.service];
      for (const path of routePaths(route)) {
        const resource = this.api.root.resourceForPath(withinStage(path));
        answerInApp(resource.addMethod(route.method, integration));
        // The application answers preflights for each of its origins, and other methods with 405.
        if (!paths.has(path)) answerInApp(resource.addMethod('ANY', integration));
        paths.add(path);
      }
    }
  }

  private acknowledge(logRole: boolean): void {
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason: 'The functions check every request against the schemas of the contract, and answer with one row a fault.',
    });
    Validations.of(this.api.deploymentStage).acknowledge({
      id: 'Serverless-APIGWXrayEnabled',
      reason: "A trace of the gateway holds the caller's address. The functions are traced.",
    });
    if (!logRole) return;
    Validations.of(this.api.node.findChild('CloudWatchRole')).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway takes as its log role only one that may do all that this policy allows.',
    });
  }
}

// The one method with metrics of its own, each of which costs: lib/alarms/api.ts watches how long it takes.
const WATCHED = '/documents/POST';

// Neither address, nor user agent, nor query, nor path: `resourcePath` is the route's pattern.
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    requestTime: AccessLogField.contextRequestTime(),
    httpMethod: AccessLogField.contextHttpMethod(),
    resourcePath: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    responseLatency: AccessLogField.contextResponseLatency(),
    integrationLatency: AccessLogField.contextIntegrationLatency(),
    responseLength: AccessLogField.contextResponseLength(),
    errorType: AccessLogField.contextErrorResponseType(),
  }),
);

function answerInApp(method: Method): void {
  Validations.of(method).acknowledge(
    {
      id: 'AwsSolutions-APIG4',
      reason: 'The function authenticates: a session token is also one of the keys to the data.',
    },
    {
      id: 'AwsSolutions-COG4',
      reason: 'There are no Cognito users: the password that signs in is also one of the keys.',
    },
  );
}

function withinStage(path: string): string {
  return path.slice(`/${STAGE}`.length);
}

function hashesPassword(route: Route): boolean {
  return route.open === true && route.method === 'POST';
}

// The options of one method replace the stage's, all of them.
function methodOptions({ rate, burst }: Throttle): MethodDeploymentOptions {
  return {
    throttlingRateLimit: rate,
    throttlingBurstLimit: burst,
    loggingLevel: MethodLoggingLevel.ERROR,
    dataTraceEnabled: false,
    metricsEnabled: false,
  };
}

/** As "IntegrationTimeout". */
function nameOf(type: ResponseType): string {
  return type.responseType.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
}
