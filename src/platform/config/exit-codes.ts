export const EXIT_FAILURE = 1;

/** sysexits.h, EX_CONFIG: the process was configured wrongly, and starting it again would change nothing. */
export const EXIT_CONFIGURATION = 78;
