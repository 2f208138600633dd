import test from 'ava';
import { endpointProblem, parseEndpoint } from '../../lib/kit/endpoint.ts';

const isEndpoint = test.macro({
  exec(t, endpoint: string, host: string, port: number) {
    t.deepEqual(parseEndpoint(endpoint), { host, port });
    t.is(endpointProblem(endpoint), null);
  },
  title: (_, endpoint) => `${endpoint} is an endpoint`,
});

test(isEndpoint, 'tcp://127.0.0.1:7101', '127.0.0.1', 7101);
test(isEndpoint, 'tcp://localhost:1', 'localhost', 1);
test(isEndpoint, 'tcp://node-1.example.com:65535', 'node-1.example.com', 65_535);
test(isEndpoint, 'tcp://raft_node_1:7101', 'raft_node_1', 7101);
test(isEndpoint, 'tcp://[::1]:7101', '::1', 7101);
test(isEndpoint, 'tcp://[fe80::1%eth0]:7101', 'fe80::1%eth0', 7101);

const isRefused = test.macro({
  exec(t, endpoint: string, says: RegExp) {
    const problem = endpointProblem(endpoint);
    t.regex(problem ?? '', says);
    t.true(problem?.includes(JSON.stringify(endpoint)), 'the message shows what was found');
  },
  title: (_, endpoint) => `${JSON.stringify(endpoint)} is refused`,
});

test(isRefused, '', /tcp:\/\/HOST:PORT/);
test(isRefused, '127.0.0.1:7101', /tcp:\/\/HOST:PORT/);
test(isRefused, 'http://127.0.0.1:7101', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://127.0.0.1', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://127.0.0.1:', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://127.0.0.1:7101/', /tcp:\/\/HOST:PORT/);
test(isRefused, ' tcp://127.0.0.1:7101', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://127.0.0.1:7101\n', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://::1:7101', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://eth0;10.0.0.1:7101', /neither an address nor the name/);
test(isRefused, 'tcp://127.0.0.1:0', /from 1 to 65535/);
test(isRefused, 'tcp://127.0.0.1:99999', /from 1 to 65535/);
test(isRefused, 'tcp://127.0.0.1:*', /tcp:\/\/HOST:PORT/);
test(isRefused, 'tcp://*:7101', /nobody can connect/);
test(isRefused, 'tcp://0.0.0.0:7101', /nobody can connect/);
test(isRefused, 'tcp://[::]:7101', /nobody can connect/);
test(isRefused, 'tcp://127.0.0.256:7101', /neither an address nor the name/);
test(isRefused, 'tcp://127.1:7101', /neither an address nor the name/);
test(isRefused, 'tcp://[127.0.0.1]:7101', /neither an address nor the name/);
test(isRefused, 'tcp://-host:7101', /neither an address nor the name/);
test(isRefused, 'tcp://a..b:7101', /neither an address nor the name/);
