import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { EDGE_HEADERS, ROUTES, type Route } from '../../lambda/http/route-list.ts';

/** Calls of one source in five minutes. An application behind one address may have many users. */
const RATE = 2_000;
/** Such calls that hash a password. The table holds each e-mail and source to far fewer wrong ones. */
const PASSWORD_RATE = 300;

// A body is parsed strictly, sealed and never interpreted: what it says is its owner's business, a PDF among it. A client
// may go without a user agent.
const COMMON_COUNTED = [
  'CrossSiteScripting_BODY',
  'EC2MetaDataSSRF_BODY',
  'GenericLFI_BODY',
  'GenericRFI_BODY',
  'NoUserAgent_HEADER',
  'SizeRestrictions_BODY',
];
const BAD_INPUTS_COUNTED = ['JavaDeserializationRCE_BODY', 'Log4JRCE_BODY', 'ReactJSRCE_BODY'];

// Nothing is logged or sampled here. Should someone begin to, these still stay out.
const HIDDEN_HEADERS = ['authorization', 'cookie', 'user-agent', 'x-document-title', ...Object.values(EDGE_HEADERS)];

export interface WebAclProps {
  readonly api: RestApi;
  /** What the distribution in front adds to its calls; undefined where there is none. */
  readonly edgeSecret: string | undefined;
}

/** The web ACL before the API: metrics, no logs and no samples, since both hold addresses and tokens. */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, { api, edgeSecret }: WebAclProps) {
    super(scope, id);
    const rules = [
      ...(edgeSecret === undefined ? [] : [onlyFromEdge(edgeSecret)]),
      rate('SourceRate', RATE, edgeSecret !== undefined),
      rate('PasswordRate', PASSWORD_RATE, edgeSecret !== undefined, hashesPassword()),
      managed('AWSManagedRulesCommonRuleSet', COMMON_COUNTED),
      managed('AWSManagedRulesKnownBadInputsRuleSet', BAD_INPUTS_COUNTED),
    ];
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: measured(rule.name) })),
      visibilityConfig: measured('WebAcl'),
      dataProtectionConfig: {
        dataProtections: [
          { action: 'SUBSTITUTION', field: { fieldType: 'SINGLE_HEADER', fieldKeys: HIDDEN_HEADERS } },
          { action: 'SUBSTITUTION', field: { fieldType: 'QUERY_STRING' } },
          { action: 'SUBSTITUTION', field: { fieldType: 'BODY' } },
        ],
      },
    });
    new CfnWebACLAssociation(this, 'Association', {
      webAclArn: acl.attrArn,
      resourceArn: api.deploymentStage.stageArn,
    });
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority' | 'visibilityConfig'>;

/**
 * Blocks what comes past the distribution. It stands before the rates, or anyone could name another's address to the API
 * and have that blocked.
 */
function onlyFromEdge(secret: string): Rule {
  const header = { singleHeader: { Name: EDGE_HEADERS.secret } };
  return { name: 'OnlyFromEdge', action: { block: {} }, statement: not(matches(header, secret, 'NONE')) };
}

/** Blocks a source that calls more often, by the address that the gateway saw or, behind it, the distribution. */
function rate(name: string, limit: number, isBehindEdge: boolean, of?: CfnWebACL.StatementProperty): Rule {
  const viewer = { headerName: EDGE_HEADERS.viewer, fallbackBehavior: 'MATCH' };
  const rateBasedStatement = {
    limit,
    evaluationWindowSec: 300,
    ...(isBehindEdge ? { aggregateKeyType: 'FORWARDED_IP', forwardedIpConfig: viewer } : { aggregateKeyType: 'IP' }),
    ...(of === undefined ? {} : { scopeDownStatement: of }),
  };
  return { name, action: { block: {} }, statement: { rateBasedStatement } };
}

function managed(name: string, counted: readonly string[]): Rule {
  const ruleActionOverrides = counted.map((rule) => ({ name: rule, actionToUse: { count: {} } }));
  const managedRuleGroupStatement = { vendorName: 'AWS', name, ruleActionOverrides };
  return { name, overrideAction: { none: {} }, statement: { managedRuleGroupStatement } };
}

/** Registration, sign-in and recovery. */
function hashesPassword(): CfnWebACL.StatementProperty {
  const routes: readonly Route[] = Object.values(ROUTES);
  const paths = routes.filter(({ open, method }) => open === true && method === 'POST').map(({ path }) => path);
  const isPost = matches({ method: {} }, 'POST', 'NONE');
  const anyPath = { orStatement: { statements: paths.map((path) => matches({ uriPath: {} }, path, 'URL_DECODE')) } };
  return { andStatement: { statements: [isPost, anyPath] } };
}

function matches(
  fieldToMatch: CfnWebACL.FieldToMatchProperty,
  searchString: string,
  transformation: 'NONE' | 'URL_DECODE',
): CfnWebACL.StatementProperty {
  const textTransformations = [{ priority: 0, type: transformation }];
  return { byteMatchStatement: { fieldToMatch, positionalConstraint: 'EXACTLY', searchString, textTransformations } };
}

function not(statement: CfnWebACL.StatementProperty): CfnWebACL.StatementProperty {
  return { notStatement: { statement } };
}

function measured(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}
