import { clusterScenarios } from './cluster-scenarios.ts';
import { daemonSetScenarios } from './daemonset-scenarios.ts';
import { deploymentScenarios } from './deployment-scenarios.ts';
import { podScenarios } from './pod-scenarios.ts';
import { runScenarios } from './scenario.ts';
import { statefulSetScenarios } from './statefulset-scenarios.ts';

runScenarios([
  ...deploymentScenarios,
  ...podScenarios,
  ...statefulSetScenarios,
  ...daemonSetScenarios,
  ...clusterScenarios,
]);
