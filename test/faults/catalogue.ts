import {setTimeout as delay} from 'node:timers/promises';
import type {ProxiedTriton} from '../helpers/proxied-triton.ts';
import type {TritonProgram} from '../helpers/real-triton.ts';

/** What is at fault. */
export type FaultKind =
	| 'server killed'
	| 'model killed'
	| 'server stopped'
	| 'frozen'
	| 'model unloaded'
	| 'network'
	| 'connection ended';

/** What can happen to a Triton while edits run on it. */
export interface Fault {
	/** Completes "edits go on with …". */
	readonly name: string;
	readonly kind: FaultKind;
	readonly strike: (triton: ProxiedTriton) => void | Promise<void>;
	/** Ends what does not end by itself. Safe where the fault was overcome already. */
	readonly heal: (triton: ProxiedTriton) => void | Promise<void>;
	/** Whether the edits that are on it can only go on elsewhere; undefined where that depends on the moment. */
	readonly isLoss: boolean | undefined;
}

const endsByItself = () => {};
const freeze =
	(program: TritonProgram) =>
	({signal}: ProxiedTriton) =>
		signal(program, 'SIGSTOP');
const thaw =
	(program: TritonProgram) =>
	({signal}: ProxiedTriton) => {
		try {
			signal(program, 'SIGCONT');
		} catch {
			// It was killed meanwhile.
		}
	};
/** Holds what edits wait for meanwhile, so that none comes to its end first. */
const unload = async ({proxy, repository}: ProxiedTriton) => {
	proxy.degrade({isHeld: true}, ['down']);
	try {
		await repository('unload');
	} finally {
		proxy.heal();
	}
};
const healNetwork = ({proxy}: ProxiedTriton) => proxy.heal();
const network = {kind: 'network', heal: healNetwork} as const;

/**
 * The faults of a Triton and of the network to it, each of which edits survive where another Triton is there. The
 * tests of faults strike each once at a chosen moment, the soak strikes all of them at random. What happens to the
 * gateway, its callers, its names and its files is not among them: each of those has tests of its own.
 */
export const faults: readonly Fault[] = [
	{
		name: 'a Triton that is killed',
		kind: 'server killed',
		strike: ({signal}) => signal('tritonserver', 'SIGKILL'),
		heal: endsByItself,
		isLoss: true,
	},
	{
		name: 'a model process that is killed',
		kind: 'model killed',
		strike: ({signal}) => signal('triton_python_backend_stub', 'SIGKILL'),
		heal: endsByItself,
		isLoss: true,
	},
	{
		name: 'a Triton that is told to stop',
		kind: 'server stopped',
		strike: ({signal}) => signal('tritonserver', 'SIGTERM'),
		heal: endsByItself,
		isLoss: undefined,
	},
	{
		name: 'a Triton that is frozen for a second',
		kind: 'frozen',
		strike: async triton => {
			freeze('tritonserver')(triton);
			await delay(1000);
			thaw('tritonserver')(triton);
		},
		heal: endsByItself,
		isLoss: false,
	},
	{
		name: 'a Triton that is frozen beyond the step time-out',
		kind: 'frozen',
		strike: freeze('tritonserver'),
		heal: thaw('tritonserver'),
		isLoss: true,
	},
	{
		name: 'a model process that is frozen beyond the step time-out',
		kind: 'frozen',
		strike: freeze('triton_python_backend_stub'),
		heal: thaw('triton_python_backend_stub'),
		isLoss: true,
	},
	{
		name: 'a model that is unloaded',
		kind: 'model unloaded',
		strike: unload,
		// The end of its process ends a supervised Triton, which loads the model again at its start.
		heal: ({repository}) => repository('load').catch(() => {}),
		isLoss: true,
	},
	{
		...network,
		name: 'a network that delays every piece, by more or by less',
		strike: ({proxy}) => proxy.degrade({latencyMs: 3}),
		isLoss: false,
	},
	{
		...network,
		name: 'a network of 64 KiB a second',
		strike: ({proxy}) => proxy.degrade({bytesPerSecond: 65_536}),
		isLoss: false,
	},
	{
		...network,
		name: 'a network that cuts everything into small pieces',
		strike: ({proxy}) => proxy.degrade({sliceBytes: 7}),
		isLoss: false,
	},
	{
		...network,
		name: 'a connection that is reset',
		strike: ({proxy}) => proxy.reset(),
		isLoss: true,
	},
	{
		...network,
		name: 'a connection that is reset inside an answer',
		strike: ({proxy}) => proxy.degrade({resetAfterBytes: 100, sliceBytes: 10}, ['down']),
		isLoss: true,
	},
	{
		...network,
		name: 'a connection that is reset inside a step',
		strike: ({proxy}) => proxy.degrade({resetAfterBytes: 100, sliceBytes: 10}, ['up']),
		isLoss: true,
	},
	{
		...network,
		name: 'connections that are refused',
		strike: ({proxy}) => proxy.refuse(),
		isLoss: true,
	},
	{
		...network,
		name: 'a network that swallows answers',
		strike: ({proxy}) => proxy.degrade({isBlackHole: true}, ['down']),
		isLoss: true,
	},
	{
		...network,
		name: 'a network that swallows steps',
		strike: ({proxy}) => proxy.degrade({isBlackHole: true}, ['up']),
		isLoss: true,
	},
	{
		...network,
		name: 'a network that swallows everything',
		strike: ({proxy}) => proxy.degrade({isBlackHole: true}),
		isLoss: true,
	},
	{
		...network,
		name: 'a connection whose end is told late',
		strike: ({proxy}) => {
			proxy.degrade({closeDelayMs: 1000}, ['down']);
			proxy.hangUp('target');
		},
		isLoss: true,
	},
	{
		...network,
		name: 'a connection that is open on the side of the gateway alone',
		strike: ({proxy}) => {
			proxy.degrade({closeDelayMs: Infinity}, ['down']);
			proxy.hangUp('target');
		},
		isLoss: true,
	},
	{
		...network,
		name: 'a connection that is open on the side of Triton alone',
		strike: ({proxy}) => {
			proxy.degrade({closeDelayMs: Infinity}, ['up']);
			proxy.hangUp('client');
		},
		isLoss: true,
	},
	{
		name: 'a connection that has reached its age',
		kind: 'connection ended',
		strike: ({proxy}) => proxy.goAway(),
		heal: endsByItself,
		isLoss: false,
	},
	{
		name: 'a connection that is ended for too many pings',
		kind: 'connection ended',
		strike: ({proxy}) => proxy.complainOfPings(),
		heal: endsByItself,
		isLoss: undefined,
	},
];
