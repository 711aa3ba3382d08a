import {readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {findFreePorts} from '../../src/embedded/process/ports.ts';
import {type ClientSecurity, RedraftClient} from '../../src/grpc/client.ts';
import {fetchOnce} from './fetch-once.ts';
import {type StartedProgram, startProgram} from './started-program.ts';
import type {TinyTriton} from './tiny-triton.ts';

export interface GatewayOptions {
	readonly tritons: readonly Pick<TinyTriton, 'address' | 'modelDirectory' | 'metric'>[];
	/** Variables of src/config.ts. */
	readonly settings?: Readonly<Record<string, string>>;
	/** Put before node's options, such as a script to import first. */
	readonly nodeOptions?: readonly string[];
	/** Program and arguments that start node, such as one that limits it. */
	readonly starter?: readonly string[];
}

/** How many edits ended in each way. */
export type Outcomes = Readonly<Record<'finished' | 'cancelled' | 'refused' | 'failed', number>>;

/** The service in a process of its own, on Tritons that run already. */
export class GatewayProcess {
	readonly #t: Pick<ExecutionContext, 'teardown'>;
	readonly #tritons: GatewayOptions['tritons'];
	readonly program: StartedProgram;
	readonly address: string;
	readonly adminAddress: string;
	#numClients = 0;

	private constructor(
		t: Pick<ExecutionContext, 'teardown'>,
		{tritons, ...options}: GatewayOptions,
		ports: readonly number[],
	) {
		[this.address, this.adminAddress] = ports.map(port => `127.0.0.1:${port}`) as [string, string];
		this.#t = t;
		this.#tritons = tritons;
		const {starter = [], nodeOptions = [], settings} = options;
		this.program = startProgram(
			t,
			[...starter, process.execPath, ...nodeOptions, '--import=tsx/esm', 'src/main.ts'],
			{
				TRITON_URLS: tritons.map(({address}) => address).join(),
				REDRAFT_MODEL: 'qwen2.5-coder',
				REDRAFT_MODEL_DIR: tritons[0]!.modelDirectory,
				REDRAFT_LISTEN: this.address.replace('127.0.0.1', '0.0.0.0'),
				REDRAFT_ADMIN_LISTEN: this.adminAddress,
				...settings,
			},
		);
	}

	/** Resolves when it is ready for edits. */
	static async start(
		t: Pick<ExecutionContext, 'teardown'>,
		options: GatewayOptions,
	): Promise<GatewayProcess> {
		const {grpc, http} = await findFreePorts();
		const gateway = new GatewayProcess(t, options, [grpc, http]);
		const isOver = gateway.program.ended.then(end => {
			throw new Error(`gateway: expected it to become ready, got ${end}: ${gateway.program.output()}`);
		});
		await Promise.race([gateway.untilReady(), isOver]);
		return gateway;
	}

	/** A client with a connection of its own, which asks once; closed with the test. */
	connect(security: ClientSecurity = {}): RedraftClient {
		this.#numClients += 1;
		// All channels of a process to one address share a connection; a certificate is for one address.
		const host = security.ca ? '127.0.0.1' : `127.0.1.${this.#numClients}`;
		const address = this.address.replace('127.0.0.1', host);
		const client = new RedraftClient(address, {...security, maxAttempts: 1});
		this.#t.teardown(() => client.close());
		return client;
	}

	signal(signal: NodeJS.Signals): void {
		process.kill(this.program.child.pid!, signal);
	}

	get residentBytes(): number {
		const status = readFileSync(`/proc/${this.program.child.pid}/status`, 'utf8');
		return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]);
	}

	async untilReady(): Promise<void> {
		while ((await this.#get('/readyz').catch(() => undefined))?.status !== 200) {
			await delay(50);
		}
	}

	/** Values of a metric, by what stands between the braces. */
	async metrics(name: string): Promise<ReadonlyMap<string, number>> {
		const text = await (await this.#get('/metrics')).text();
		const samples = text
			.split('\n')
			.map(line => /^(?<name>[a-z_]+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups)
			.filter(sample => sample?.name === name);
		return new Map(samples.map(sample => [sample!.labels ?? '', Number(sample!.value)]));
	}

	/** Sum of a metric's values. */
	async metric(name: string): Promise<number> {
		return [...(await this.metrics(name)).values()].reduce((sum, value) => sum + value, 0);
	}

	async outcomes(): Promise<Outcomes> {
		const counts = await this.metrics('redraft_edits_total');
		const entries = [...counts].map(([labels, count]) => [/"(.*)"/.exec(labels)![1], count]);
		return Object.fromEntries(entries);
	}

	/** Resolves when no edit is open or waiting, and no sequence is open on its Tritons. */
	async untilIdle(): Promise<void> {
		for (;;) {
			const counts = await Promise.all([
				this.metric('redraft_open_edits'),
				this.metric('redraft_waiting_edits'),
				this.metric('redraft_open_sequences'),
				...this.#tritons.map(triton => triton.metric('redraft_open_sequences')),
			]);
			if (counts.every(count => count === 0)) {
				return;
			}

			await delay(50);
		}
	}

	#get(page: string): Promise<Response> {
		return fetchOnce(`http://${this.adminAddress}${page}`);
	}
}
