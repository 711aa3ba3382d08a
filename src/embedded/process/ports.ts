import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';

/** Loopback ports of Triton's three frontends. */
export interface TritonPorts {
	readonly grpc: number;
	readonly http: number;
	readonly metrics: number;
}

/** Three ports that are free now; another program may take one before Triton does. */
export async function findFreePorts(): Promise<TritonPorts> {
	// All three are held at once, or the same port could come back twice.
	const servers = [createServer(), createServer(), createServer()];
	const ports = await Promise.all(
		servers.map(async server => {
			await once(server.listen(0, '127.0.0.1'), 'listening');
			return (server.address() as AddressInfo).port;
		}),
	);
	await Promise.all(servers.map(server => once(server.close(), 'close')));
	return {grpc: ports[0]!, http: ports[1]!, metrics: ports[2]!};
}
