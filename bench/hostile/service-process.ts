import {type ChildProcess, fork, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const compiler = '--import=tsx/esm';
const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The real service in a process of its own, with a Triton and a model. */
export class ServiceProcess {
	readonly address: string;
	readonly #service: ChildProcess;
	readonly #probe: ChildProcess;

	private constructor(service: ChildProcess, address: string) {
		this.#service = service;
		this.address = address;
		this.#probe = fork(pathOf('probe.ts'), [address], {execArgv: [compiler]});
	}

	/**
	 * Resolves when the service listens; its model may still be loading.
	 * @param settings variables of src/config.ts
	 */
	static async start(
		signal: AbortSignal,
		settings: Readonly<Record<string, string>> = {},
	): Promise<ServiceProcess> {
		const own = {REDRAFT_LISTEN: '127.0.0.1:0', REDRAFT_LOG_LEVEL: 'info'};
		const env = {...process.env, ...settings, ...own};
		const service = spawn(process.execPath, [compiler, pathOf('../../src/main.ts')], {
			env,
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		signal.addEventListener('abort', () => service.kill('SIGTERM'), {once: true});
		let last = 'nothing';
		for await (const line of createInterface(service.stderr!)) {
			last = line;
			const {event, address} = JSON.parse(line) as Record<string, string>;
			if (event === 'listening') {
				service.stderr!.resume();
				return new ServiceProcess(service, address!);
			}
		}

		throw new Error(`service: expected it to listen, got its end: ${last}`);
	}

	/** Resident memory of the service alone, without its Triton. */
	get residentBytes(): number {
		const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(
			readFileSync(`/proc/${this.#service.pid}/status`, 'utf8'),
		)!;
		return 1024 * Number(kilobytes);
	}

	/** Longest time without an answer of the health service since the last call, in milliseconds. */
	async takeSilence(): Promise<number> {
		const answer = once(this.#probe, 'message');
		this.#probe.send('take');
		const [silenceMs] = await answer;
		return silenceMs as number;
	}

	async stop(): Promise<void> {
		this.#probe.disconnect();
		const ended = once(this.#service, 'exit');
		this.#service.kill('SIGTERM');
		await ended;
	}
}
