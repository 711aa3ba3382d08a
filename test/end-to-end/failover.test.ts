import {status} from '@grpc/grpc-js';
import test from 'ava';
import {type ProxiedTriton, startTwoTritons, type TwoTritons} from '../helpers/two-tritons.ts';

const request = {
	original: 'let a = 1;\nlet b = 2;\n'.repeat(10),
	instruction: 'Add them.',
	language: 'javascript',
	// Plain decoding of a random model, which goes on until it is stopped: many steps to disturb.
	options: {speculation: false, maxOutputTokens: 150, includeTokenIds: true},
};

/** What happens to the first Triton while edits run on both. */
interface Fault {
	readonly name: string;
	readonly strike: (triton: ProxiedTriton) => void;
	readonly heal?: (triton: ProxiedTriton) => void;
	/** Whether its edits can only go on elsewhere; undefined where they may end as well. */
	readonly isLoss?: boolean;
}

const healNetwork = ({proxy}: ProxiedTriton) => proxy.heal();
const faults: readonly Fault[] = [
	{
		name: 'a network that delays every piece',
		strike: ({proxy}) => proxy.degrade({latencyMs: 20}),
		heal: healNetwork,
		isLoss: false,
	},
	{
		name: 'a network of 64 KiB a second',
		strike: ({proxy}) => proxy.degrade({bytesPerSecond: 65_536}),
		heal: healNetwork,
		isLoss: false,
	},
	{
		name: 'a network that cuts everything into small pieces',
		strike: ({proxy}) => proxy.degrade({sliceBytes: 7}),
		heal: healNetwork,
		isLoss: false,
	},
	{name: 'a connection that is reset', strike: ({proxy}) => proxy.reset(), isLoss: true},
	{
		name: 'a connection that is reset inside an answer',
		strike: ({proxy}) => proxy.degrade({resetAfterBytes: 100, sliceBytes: 10}, ['down']),
		heal: healNetwork,
		isLoss: true,
	},
	{
		name: 'connections that are refused',
		strike: ({proxy}) => proxy.refuse(),
		heal: healNetwork,
		isLoss: true,
	},
	{
		name: 'a network that swallows answers',
		strike: ({proxy}) => proxy.degrade({isBlackHole: true}, ['down']),
		heal: healNetwork,
		isLoss: true,
	},
	{
		name: 'a network that swallows everything',
		strike: ({proxy}) => proxy.degrade({isBlackHole: true}),
		heal: healNetwork,
		isLoss: true,
	},
	{
		name: 'a Triton that is frozen beyond the step time-out',
		strike: ({signal}) => signal('triton_python_backend_stub', 'SIGSTOP'),
		heal: ({signal}) => signal('triton_python_backend_stub', 'SIGCONT'),
		isLoss: true,
	},
	{
		name: 'a model process that is killed',
		strike: ({signal}) => signal('triton_python_backend_stub', 'SIGKILL'),
		isLoss: true,
	},
	{
		name: 'a Triton that is told to stop',
		strike: ({signal}) => signal('tritonserver', 'SIGTERM'),
	},
	{name: 'a Triton that is killed', strike: ({signal}) => signal('tritonserver', 'SIGKILL'), isLoss: true},
];

async function disturbedEdits({client, tritons}: TwoTritons, {strike}: Fault) {
	let numDeltas = 0;
	let isStruck = false;
	const onDelta = () => {
		numDeltas += 1;
		if (numDeltas > 20 && !isStruck) {
			isStruck = true;
			strike(tritons[0]);
		}
	};
	return Promise.all([1, 2, 3, 4].map(async () => client.edit(request, {onDelta})));
}

async function untilHealed({metric, openSequences}: TwoTritons): Promise<void> {
	for (let attempt = 0; attempt < 600; attempt++) {
		const numReady = await metric('redraft_triton_ready');
		if (numReady === 2 && (await openSequences().catch(() => 1)) === 0) {
			return;
		}

		await new Promise(resolve => setTimeout(resolve, 100));
	}

	throw new Error('expected both Tritons to be ready again with no open sequence, got none within a minute');
}

test.serial('edits end with the text of an undisturbed run, whatever happens to their Triton', async t => {
	const both = await startTwoTritons(t, {maxEditMoves: 6});
	const expected = await both.client.edit(request);
	for (const fault of faults) {
		const movesBefore = await both.metric('redraft_sequence_moves_total');
		for (const {tokenIds, text} of await disturbedEdits(both, fault)) {
			t.deepEqual(tokenIds, expected.tokenIds, fault.name);
			t.is(text, expected.text, fault.name);
		}

		const numMoves = (await both.metric('redraft_sequence_moves_total')) - movesBefore;
		t.true(fault.isLoss === undefined || fault.isLoss === numMoves > 0, `${fault.name}: ${numMoves} moves`);
		fault.heal?.(both.tritons[0]);
		await untilHealed(both);
		t.log(`${fault.name}: ${numMoves} moves`);
	}
});

test.serial(
	'with every Triton gone for good the edit is unavailable and tells what was delivered',
	async t => {
		const {client, tritons} = await startTwoTritons(t, {moveWaitMs: 1000});
		let text = '';
		const onDelta = (delta: {text: string}) => {
			text += delta.text;
			for (const {proxy} of text.length > 10 ? tritons : []) {
				proxy.refuse();
			}
		};
		const error = await t.throwsAsync(client.edit(request, {onDelta}));
		t.like(error, {code: status.UNAVAILABLE});
		t.regex(error.message, new RegExp(`${text.length} characters were delivered`));
	},
);
