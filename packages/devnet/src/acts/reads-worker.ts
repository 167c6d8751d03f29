import { parentPort, workerData } from 'node:worker_threads';
import { type ReadLoad, measureReads } from './measure-reads.js';

parentPort?.postMessage(await measureReads(workerData as ReadLoad), []);
