import type {IForbiddenRuleType} from 'dependency-cruiser';

/** The rooms of `src/`, top floor first, and the lower ones that each may import. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
	main: [
		'cli',
		'admin',
		'grpc',
		'http',
		'edit',
		'draft',
		'triton',
		'embedded',
		'speculation',
		'model',
		'tokenizer',
		'access',
		'telemetry',
		'errors',
	],
	cli: ['grpc', 'embedded', 'addresses'],
	admin: ['telemetry', 'addresses'],
	grpc: ['edit', 'speculation', 'protos', 'access', 'telemetry', 'errors', 'addresses'],
	http: ['edit', 'access', 'telemetry', 'errors', 'addresses'],
	edit: ['draft', 'speculation', 'model', 'tokenizer', 'access', 'telemetry', 'errors'],
	draft: ['speculation'],
	triton: ['speculation', 'protos', 'access', 'telemetry', 'errors'],
	embedded: ['model', 'telemetry'],
	speculation: ['telemetry', 'errors'],
	model: ['tokenizer', 'errors'],
	tokenizer: ['errors'],
	protos: [],
	access: ['telemetry', 'errors'],
	addresses: [],
	telemetry: [],
	errors: [],
};

/** Files of the top floor lie beside the rooms. */
const pathOf = (room: string) => (room === 'main' ? '^src/[^/]+$' : `^src/${room}/`);

const oneWay: IForbiddenRuleType[] = Object.entries(rooms).map(([room, allowed]) => ({
	name: `${room}-imports-lower-rooms-only`,
	severity: 'error',
	from: {path: pathOf(room)},
	to: {path: '^src/', pathNot: [room, ...allowed].map(pathOf)},
}));

/** Floors inside a room: each of its folders may import the given ones, and no file beside them. */
const inside = (room: string, folders: Readonly<Record<string, readonly string[]>>): IForbiddenRuleType[] =>
	Object.entries(folders).map(([folder, allowed]) => ({
		name: `${room}-${folder}-imports-lower-folders-only`,
		severity: 'error',
		from: {path: `^src/${room}/${folder}/`},
		to: {path: `^src/${room}/`, pathNot: [folder, ...allowed].map(lower => `^src/${room}/${lower}/`)},
	}));

/** What no import of `src/` may do. */
export const forbidden: readonly IForbiddenRuleType[] = [
	...oneWay,
	...inside('embedded', {machine: [], process: ['machine'], python: ['machine', 'process']}),
	{name: 'no-circle', severity: 'error', from: {path: '^src/'}, to: {circular: true}},
	{
		name: 'grpc-js-at-the-edges-only',
		severity: 'error',
		from: {path: '^src/', pathNot: ['^src/[^/]+$', '^src/grpc/', '^src/triton/', '^src/protos/']},
		to: {path: 'node_modules/@grpc/'},
	},
	{
		name: 'source-imports-no-test',
		severity: 'error',
		from: {path: '^src/'},
		to: {path: '^(test|bench|examples)/'},
	},
];
