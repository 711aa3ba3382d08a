import {status} from '@grpc/grpc-js';
import type {ExecutionContext} from 'ava';
import {isServiceError} from '../../src/grpc/client.ts';
import {setLogLevel} from '../../src/telemetry/log.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

/**
 * A program that serves edits of every outcome, whose texts all hold its first argument, and logs. Prints the codes
 * that the callers got.
 */
const canary = process.argv[2]!;
const ends: (() => unknown)[] = [];
// The helpers need no more of a test than its end.
const t = {teardown: (end: () => unknown) => ends.unshift(end)} as unknown as ExecutionContext;

setLogLevel('info');
const model = await byteModel(t);
const target = [...model.tokenizer.encode(`${canary}\n\`\`\``), model.endToken];
const working = await startServer(t, {model, verifier: new TargetVerifier({target})});
const failures = new Map([[0, new TypeError(`unexpected ${canary}`)]]);
const failing = await startServer(t, {model, verifier: new TargetVerifier({target, failures})});
const request = {original: `${canary}\n`, instruction: canary, update: canary};
const codes: string[] = [];
for (const [client, sent] of [
	[working.client, request],
	[working.client, {...request, path: `\`${canary}`}],
	[working.client, {...request, options: {maxOutputTokens: -1}}],
	[failing.client, request],
] as const) {
	const code = await client.edit(sent).then(
		() => status.OK,
		(error: unknown) => (isServiceError(error) ? error.code : status.UNKNOWN),
	);
	codes.push(status[code]!);
}

process.stdout.write(codes.join(' '));
for (const end of ends) {
	await end();
}
