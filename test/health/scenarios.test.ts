import { deploymentScenarios } from './deployment-scenarios.ts';
import { runScenarios } from './scenario.ts';

runScenarios(deploymentScenarios);
