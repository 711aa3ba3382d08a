/**
 * Asks the health service every few milliseconds, in a process of its own, and keeps the longest silence: the time
 * between two answers, whichever of the probes they belong to. Speaks to its parent by messages.
 */
import {type Client, credentials, loadPackageDefinition} from '@grpc/grpc-js';
import {protoPath} from 'grpc-health-check';
import {loadProto} from '../../src/protos/load-proto.ts';

type HealthClient = Client & {check(request: object, callback: (error: Error | null) => void): void};

const intervalMs = 10;
const {grpc} = loadPackageDefinition(loadProto(protoPath)) as unknown as {
	grpc: {health: {v1: {Health: new (...parameters: unknown[]) => HealthClient}}};
};
const health = new grpc.health.v1.Health(process.argv[2], credentials.createInsecure());
let answeredMs = performance.now();
let silenceMs = 0;

function note(): void {
	const nowMs = performance.now();
	silenceMs = Math.max(silenceMs, nowMs - answeredMs);
	answeredMs = nowMs;
}

setInterval(() => health.check({}, error => error ?? note()), intervalMs);
process.on('message', () => {
	note();
	process.send!(silenceMs);
	silenceMs = 0;
});
process.on('disconnect', () => process.exit());
