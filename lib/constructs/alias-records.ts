import { AaaaRecord, ARecord, HostedZone, type IAliasRecordTarget, RecordTarget } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { DomainSettings } from '../settings.ts';

/**
 * Points a domain's name at what serves it, where the deployment says in which zone.
 *
 * @param ipv6 whether what serves it has an address of each kind
 */
export function aliasRecords(
  scope: Construct,
  { name, hostedZoneId, zoneName }: DomainSettings,
  target: IAliasRecordTarget,
  ipv6: boolean,
): void {
  if (hostedZoneId === undefined || zoneName === undefined) return;
  const zone = HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId, zoneName });
  // With its dot: else the zone's name is put behind it once more.
  const record = { zone, recordName: `${name}.`, target: RecordTarget.fromAlias(target) };
  new ARecord(scope, 'Ipv4', record);
  if (ipv6) new AaaaRecord(scope, 'Ipv6', record);
}
