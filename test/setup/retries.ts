/**
 * Tests that kill processes and watch real time share two cores with each other: one that fails is tried once more, and its first
 * failure is printed under "LOGGING RETRY ERRORS". Whoever sees one there has a race to mend, in the test or in the product.
 */
if (expect.getState().testPath?.includes('e2e-spec')) jest.retryTimes(1, { logErrorsBeforeRetry: true });
