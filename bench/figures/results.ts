import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {PassFigures} from '../engine/pass-figures.ts';
import type {PrefixReuse} from '../engine/prefix-reuse.ts';
import type {StepOverhead} from '../engine/step-overhead.ts';
import type {LoadSettings, MeasuredEngine} from '../load/measure-engine.ts';
import type {Machine} from '../machine.ts';
import type {AbsentPeer} from '../peers/peer.ts';
import type {PeerRow} from '../peers/totals.ts';
import type {ModelQuality} from '../quality/model-quality.ts';

interface Measured {
	readonly machine: Machine;
	readonly model: string;
}

/** What `npm run bench:engine` writes. */
export interface EngineResult extends Measured, PassFigures {
	readonly overhead: readonly StepOverhead[];
	/** Around a model that computes nothing. */
	readonly bare: StepOverhead;
	readonly reuse: PrefixReuse;
}

/** What `npm run bench:peers` writes. */
export interface PeersResult extends Measured {
	readonly rounds: number;
	readonly rows: readonly PeerRow[];
	/** Several edits at once. */
	readonly atOnce: readonly PeerRow[];
	readonly numAtOnce: number;
	readonly absent: readonly AbsentPeer[];
}

/** What `npm run bench:load` writes; the working tree is the first engine. */
export interface LoadResult extends Measured {
	readonly settings: LoadSettings;
	readonly engines: readonly MeasuredEngine[];
}

/** What `npm run bench:quality` writes. */
export interface QualityResult {
	readonly machine: Machine;
	readonly models: readonly ModelQuality[];
}

/** Those that there are. */
export interface Results {
	readonly engine?: EngineResult;
	readonly peers?: PeersResult;
	readonly load?: LoadResult;
	readonly quality?: QualityResult;
}

/** Reads `engine.json`, `peers.json`, `load.json` and `quality.json`. */
export function readResults(folder: string): Results {
	const all = ['engine', 'peers', 'load', 'quality'];
	const names = all.filter(name => existsSync(join(folder, `${name}.json`)));
	return Object.fromEntries(
		names.map(name => [name, JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))]),
	);
}
