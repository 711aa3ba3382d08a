// Sets up a Python environment and prints what it is doing, to be killed on the way.
import {ensurePythonEnvironment} from '../../../src/embedded/python/python-environment.ts';

const [cacheDirectory = '', requirementsDirectory = ''] = process.argv.slice(2);
const onProgress = (line: string) => console.log(line);
const {python} = await ensurePythonEnvironment({cacheDirectory, requirementsDirectory, onProgress});
console.log(python);
