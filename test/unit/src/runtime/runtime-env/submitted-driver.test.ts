import { InvalidArgumentError } from '../../../../../src/core/index.js';
import {
  readSubmittedDriver,
  submittedDriverVariables,
} from '../../../../../src/runtime/runtime-env/submitted-driver.js';

const driver = {
  submissionId: 'raysubmit_1',
  runtimeEnv: { envVars: { A: 'x=y' }, workingDir: 'ab'.repeat(32) },
  workingDirectory: '/packages/ab',
};
const environment = { ...submittedDriverVariables(driver), RAY_TS_ADDRESS: '10.0.0.1:6380' };

describe('the driver of a submitted job', () => {
  it('learns from its environment which one it is', () => {
    expect(readSubmittedDriver(environment, '10.0.0.1:6380')).toEqual(driver);
  });

  it('is none on another cluster, where its folder is not', () => {
    expect(readSubmittedDriver(environment, '127.0.0.1:40000')).toBeUndefined();
  });

  it('is none when a person started it', () => {
    expect(readSubmittedDriver({ RAY_TS_ADDRESS: '10.0.0.1:6380' }, '10.0.0.1:6380')).toBeUndefined();
  });

  it('names the variable that was damaged', () => {
    const damaged = { ...environment, RAY_TS_JOB_RUNTIME_ENV: '{' };
    expect(() => readSubmittedDriver(damaged, '10.0.0.1:6380')).toThrow(InvalidArgumentError);
  });
});
