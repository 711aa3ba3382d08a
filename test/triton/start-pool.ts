import {status} from '@grpc/grpc-js';
import type {ExecutionContext} from 'ava';
import type {VerifierSequence} from '../../src/speculation/verifier.ts';
import {TritonPool} from '../../src/triton/triton-pool.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {type StandInTriton, sevens, startStandInTriton} from '../helpers/stand-in-triton.ts';

export const step = {keepLength: 0, adoptBranch: 0, prefix: [1], branches: []};
export const {signal} = new AbortController();
export const dead = {code: status.INTERNAL, details: 'CUDA error: an illegal memory access was encountered'};

export const at = (...tritons: readonly StandInTriton[]) =>
	new Map(tritons.map(({address}) => [address, {address: () => address, reason: () => ''}]));

export async function startPool(t: ExecutionContext, ...tritons: readonly StandInTriton[]) {
	const told: string[] = [];
	const observer = {
		tritonReady: (name: string, isReady: boolean) => void told.push(`${name} ${isReady ? 'ready' : 'not'}`),
		tritonGone: (name: string) => void told.push(`${name} gone`),
		openSequences: (name: string, count: number) => void told.push(`${name} ${count}`),
		kvTokens: (name: string, reserved: number, total: number) =>
			void told.push(`${name} ${reserved} of ${total} tokens`),
	};
	const pool = new TritonPool({
		watch: {modelName: 'verifier', intervalMs: 10, maxMessageBytes: 1 << 20},
		createVerifier: async (client, _signal, onKvTokens) =>
			new TritonVerifier(client, {modelName: 'verifier', stepTimeoutMs: 2000, endTimeoutMs: 500, onKvTokens}),
		observer,
		onChange: isReady => told.push(isReady ? 'pool ready' : 'pool not ready'),
		onRoom: () => told.push('room'),
		maxEditsPerTriton: 4,
		probeWaitMs: 5,
		maxProbeWaitMs: 20,
	});
	t.teardown(() => pool.stop());
	await pool.setLocations(at(...tritons));
	return {pool, told};
}

/** A Triton that tells of its KV cache with every answer. */
export async function startWithCache(t: ExecutionContext, cache: {free: number; total: number}) {
	const triton = await startStandInTriton(t);
	triton.answer = () => sevens(1, [cache.free, cache.total]);
	return triton;
}

/** Lets the pool know the caches of its Tritons. */
export async function withKnownCaches(started: {pool: TritonPool; told: string[]}, numTritons: number) {
	const sequences = await openSteps(started.pool, numTritons);
	await Promise.all(sequences.map(sequence => sequence.end()));
	return started;
}

export async function openSteps(pool: TritonPool, count: number): Promise<VerifierSequence[]> {
	const sequences = Array.from({length: count}, () => pool.open());
	await Promise.all(sequences.map(sequence => sequence.verify(step, signal)));
	return sequences;
}
