import {readFile} from 'node:fs/promises';
import test from 'ava';
import {cruise, type ICruiseResult} from 'dependency-cruiser';
import {forbidden, rooms} from './rooms.ts';

const document = new URL('../../docs/architecture.md', import.meta.url);

async function cruiseSource(): Promise<ICruiseResult> {
	const {output} = await cruise(['src'], {
		validate: true,
		ruleSet: {forbidden: [...forbidden]},
		doNotFollow: {path: 'node_modules'},
		tsPreCompilationDeps: true,
		enhancedResolveOptions: {extensions: ['.ts', '.json']},
	});
	return output as ICruiseResult;
}

/** A file beside the rooms belongs to the top floor. */
function roomOf(path: string): string {
	const [, room, ...inside] = path.split('/');
	return inside.length === 0 ? 'main' : room!;
}

function arrowsOf(result: ICruiseResult): string[] {
	const arrows = result.modules.flatMap(({source, dependencies}) =>
		dependencies
			.filter(({resolved}) => source.startsWith('src/') && resolved.startsWith('src/'))
			.map(({resolved}) => `${roomOf(source)} --> ${roomOf(resolved)}`),
	);
	return [...new Set(arrows)].filter(arrow => !/^(\w+) --> \1$/.test(arrow)).sort();
}

const result = await cruiseSource();

test('imports point one way, from the top floor down', t => {
	t.deepEqual(
		result.summary.violations.map(({rule, from, to}) => `${rule.name}: ${from} → ${to}`),
		[],
	);
	t.true(result.summary.totalCruised > 80);
});

test('every room has its allowed imports written down, and stands below the rooms that import it', t => {
	const order = Object.keys(rooms);
	const found = new Set(result.modules.map(({source}) => source).filter(path => path.startsWith('src/')));
	t.deepEqual([...new Set([...found].map(roomOf))].sort(), [...order].sort());
	for (const [room, allowed] of Object.entries(rooms)) {
		t.true(
			allowed.every(lower => order.indexOf(lower) > order.indexOf(room)),
			room,
		);
	}
});

test('the picture in docs/architecture.md has exactly the arrows of the code', async t => {
	const text = await readFile(document, 'utf8');
	const [, picture = ''] = /```mermaid\nflowchart TD\n(.*?)```/s.exec(text) ?? [];
	const drawn = picture.match(/^\s*\w+ --> \w+$/gm) ?? [];
	t.deepEqual(drawn.map(arrow => arrow.trim()).sort(), arrowsOf(result));
});
