/**
 * Writes README's section of figures, between its two marks, and its pictures, from the results that are kept.
 *   npm run bench:figures
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {repositoryRoot} from '../../src/embedded/machine/paths.ts';
import {charts} from './charts.ts';
import {replaceBetween} from './markdown.ts';
import {marks} from './marks.ts';
import {readResults} from './results.ts';
import {performanceSection} from './section.ts';

const results = readResults(join(repositoryRoot, 'bench/results'));
const readme = join(repositoryRoot, 'README.md');
const text = readFileSync(readme, 'utf8');
writeFileSync(readme, replaceBetween(text, marks, performanceSection(results)));
for (const {name, svg} of charts(results)) {
	writeFileSync(join(repositoryRoot, 'docs/images', name), svg);
}
