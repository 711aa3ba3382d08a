/**
 * Proves every regular expression of `src/` linear in its subject: text of a caller, or of the model, reaches most of
 * them. A pattern that is built at run time can't be proved, so there may be none.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {check} from 'recheck';
import ts from 'typescript';

interface Found {
	readonly place: string;
	/** Absent where the pattern is built at run time. */
	readonly literal?: {readonly source: string; readonly flags: string};
}

function regexesOf(path: string): Found[] {
	const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
	const found: Found[] = [];
	const visit = (node: ts.Node): void => {
		const place = `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
		if (ts.isRegularExpressionLiteral(node)) {
			const end = node.text.lastIndexOf('/');
			found.push({place, literal: {source: node.text.slice(1, end), flags: node.text.slice(end + 1)}});
		} else if (
			(ts.isNewExpression(node) || ts.isCallExpression(node)) &&
			node.expression.getText() === 'RegExp'
		) {
			found.push({place});
		}

		ts.forEachChild(node, visit);
	};
	visit(file);
	return found;
}

async function objection({place, literal}: Found): Promise<string | undefined> {
	if (!literal) {
		return `${place}: expected a literal pattern, got one that is built at run time`;
	}

	const found = await check(literal.source, literal.flags, {timeout: 30_000});
	if (found.status === 'safe') {
		return undefined;
	}

	const got = found.status === 'vulnerable' ? found.complexity.summary : 'no proof';
	return `${place}: expected a linear pattern, got ${got}: /${literal.source}/`;
}

const files = readdirSync('src', {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.ts'));
const found = files.flatMap(name => regexesOf(`src/${name}`));
const objections = (await Promise.all(found.map(objection))).filter(line => line !== undefined);
console.log(
	[...objections, `${found.length} regular expressions, ${objections.length} not linear`].join('\n'),
);
process.exitCode = objections.length === 0 ? 0 : 1;
