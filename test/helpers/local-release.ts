import {readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {temporaryFolder} from './certificates.ts';
import {GatewayProcess} from './gateway-process.ts';
import {HeadlessService, PodAddress, Service} from './pod-network.ts';
import {tinyCheckpoint} from './tiny-checkpoint.ts';
import {startTinyTriton, type TinyTriton} from './tiny-triton.ts';

/** Waits of the chart pass so much faster here; its limits stay. */
const speedUp = 10;
const chart = readFileSync(new URL('../../deploy/helm/redraft/values.yaml', import.meta.url), 'utf8');
const ownNames = fileURLToPath(new URL('own-names.ts', import.meta.url));

/** A number among the chart's values, such as `drainSeconds` of `gateway`. */
function chartValue(section: string, name: string): number {
	const [, lines = ''] = chart.split(new RegExp(`^${section}:$`, 'm'));
	const value = new RegExp(`^ {2}${name}: (\\d+)$`, 'm').exec(lines)?.[1];
	if (value === undefined) {
		throw new Error(`values.yaml: expected a number at ${section}.${name}, got none`);
	}

	return Number(value);
}

interface TritonPod {
	readonly triton: TinyTriton;
	readonly address: PodAddress;
}

/** Gateways and Tritons as processes of this machine, restarted in the way and order in which the chart has it done. */
export class LocalRelease {
	/** What callers reach the gateways by. */
	readonly service: Service;
	readonly #t: ExecutionContext;
	readonly #namesFile: string;
	readonly #modelDirectory: string;
	readonly #tritons: HeadlessService;
	#tritonPods: TritonPod[] = [];
	#gateways: GatewayProcess[] = [];
	#numAddresses = 0;

	private constructor(t: ExecutionContext, service: Service, namesFile: string, modelDirectory: string) {
		this.#t = t;
		this.service = service;
		this.#namesFile = namesFile;
		this.#modelDirectory = modelDirectory;
		this.#tritons = new HeadlessService(namesFile);
	}

	/** Two of each, stopped with the test; resolves when all are ready. */
	static async start(t: ExecutionContext): Promise<LocalRelease> {
		const service = await Service.start();
		t.teardown(() => service.close());
		const namesFile = path.join(await temporaryFolder(t), 'tritons');
		const release = new LocalRelease(t, service, namesFile, await tinyCheckpoint(t, 'llama'));
		for (let pod = 0; pod < 2; pod++) {
			release.#tritonPods.push(await release.#startTriton());
		}

		release.#gateways = [await release.#startGateway(), await release.#startGateway()];
		return release;
	}

	get gateways(): readonly GatewayProcess[] {
		return this.#gateways;
	}

	get tritons(): readonly TinyTriton[] {
		return this.#tritonPods.map(({triton}) => triton);
	}

	/**
	 * One after the other, the new one first (`maxSurge: 1`, `maxUnavailable: 0`).
	 * @returns how the old ones ended
	 */
	async restartGateways(): Promise<(number | string)[]> {
		const ends: (number | string)[] = [];
		for (const old of this.#gateways) {
			this.#gateways = [...this.#gateways, await this.#startGateway()];
			this.#gateways = this.#gateways.filter(gateway => gateway !== old);
			ends.push(await this.#endGateway(old));
		}

		return ends;
	}

	/** One after the other, the old one first (`maxSurge: 0`, `maxUnavailable: 1`); the new one has another address. */
	async restartTritons(): Promise<void> {
		for (const old of this.#tritonPods) {
			await delay((500 * chartValue('triton', 'preStopSeconds')) / speedUp);
			this.#tritons.remove(old.address.host);
			await delay((500 * chartValue('triton', 'preStopSeconds')) / speedUp);
			await old.triton.stop();
			old.address.close();
			const next = await this.#startTriton();
			this.#tritonPods = [...this.#tritonPods.filter(pod => pod !== old), next];
			await this.#untilKnown(next);
		}
	}

	/** The wait of the chart's next preStop is long enough for it; here machines may be slow, and waits are short. */
	async #untilKnown({address: {host, port}}: TritonPod): Promise<void> {
		const isKnown = async (gateway: GatewayProcess) =>
			(await gateway.metrics('redraft_triton_ready')).get(`triton="${host}:${port}"`) === 1;
		for (const gateway of this.#gateways) {
			while (!(await isKnown(gateway))) {
				await delay(50);
			}
		}
	}

	async #startTriton(): Promise<TritonPod> {
		const triton = await startTinyTriton({}, this.#modelDirectory);
		this.#numAddresses += 1;
		const [
			{
				address: {port},
			} = {address: {port: 0}},
		] = this.#tritonPods;
		const address = await PodAddress.assign(`127.0.3.${this.#numAddresses}`, port, triton.address);
		this.#t.teardown(async () => {
			address.close();
			await triton.stop();
		});
		this.#tritons.add(address.host);
		return {triton, address};
	}

	async #startGateway(): Promise<GatewayProcess> {
		const {triton, address} = this.#tritonPods[0]!;
		const gateway = await GatewayProcess.start(this.#t, {
			tritons: [triton],
			settings: {
				TRITON_URLS: `dns:///tritons:${address.port}`,
				OWN_NAMES_FILE: this.#namesFile,
				REDRAFT_DISCOVERY_INTERVAL_MS: String(chartValue('gateway', 'discoveryIntervalMs') / speedUp),
				REDRAFT_SHUTDOWN_GRACE_MS: String(1000 * chartValue('gateway', 'drainSeconds')),
			},
			nodeOptions: ['--import=tsx/esm', `--import=${ownNames}`],
		});
		this.service.endpoints.add(gateway.address);
		return gateway;
	}

	/** Its Service learns of the end while the container waits in preStop. */
	async #endGateway(gateway: GatewayProcess): Promise<number | string> {
		const preStopMs = (1000 * chartValue('gateway', 'preStopSeconds')) / speedUp;
		await delay(preStopMs / 2);
		this.service.endpoints.delete(gateway.address);
		await delay(preStopMs / 2);
		gateway.signal('SIGTERM');
		const graceMs = 1000 * (chartValue('gateway', 'drainSeconds') + chartValue('gateway', 'marginSeconds'));
		return Promise.race([gateway.program.ended, delay(graceMs, 'still running', {ref: false})]);
	}
}
