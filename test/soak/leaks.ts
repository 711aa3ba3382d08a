import {readdirSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {defaultCacheDirectory} from '../../src/embedded/machine/paths.ts';
import {processesMentioning} from '../../src/embedded/process/process-table.ts';
import type {Fleet} from './fleet.ts';

/** What the gateway and the Tritons hold at a moment at which no edit runs. */
export interface Holdings {
	readonly sequences: number;
	readonly kvTokens: number;
	/** File descriptors of the gateway's process, its sockets among them. */
	readonly handles: number;
	readonly heapBytes: number;
	/** Processes of the gateway. */
	readonly processes: number;
	/** Temporary files of the gateway. */
	readonly files: number;
}

const collectMs = 1000;

export async function holdingsOf(fleet: Fleet): Promise<Holdings> {
	const {gateway, temporaryDirectory} = fleet;
	gateway.signal('SIGUSR2');
	await delay(collectMs);
	const heapBytes = await gateway.metric('nodejs_heap_size_used_bytes');
	// Nobody knows what a Triton holds that does not answer.
	const unknown = {sequences: Infinity, kvTokens: Infinity};
	const {sequences, kvTokens} = await fleet.held().catch(() => unknown);
	return {
		sequences,
		kvTokens,
		handles: readdirSync(`/proc/${gateway.program.child.pid}/fd`).length,
		heapBytes,
		processes: gateway.program.processes().size,
		files: readdirSync(temporaryDirectory).length,
	};
}

/** What is left of the Tritons that this process started, once they are stopped: processes, files, shared memory. */
export function leftovers(): {processes: number; files: number} {
	const prefix = `redraft_${process.pid}_`;
	const folders = [path.join(defaultCacheDirectory(), 'run'), '/dev/shm'];
	const files = folders.flatMap(folder => readdirSync(folder).filter(name => name.startsWith(prefix)));
	return {processes: processesMentioning(prefix).length, files: files.length};
}
