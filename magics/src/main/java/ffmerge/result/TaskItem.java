package ffmerge.result;

/**
 * What a model said to an item of a task.
 *
 * @param choice the likeliest, counted from 0
 * @param right whether it is the right one; of a lone choice, whether greedy decoding says it
 * @param rightNorm the same by log-likelihoods a character
 * @param logLikelihoods of the choices, in nats
 */
public record TaskItem(int choice, boolean right, boolean rightNorm, double[] logLikelihoods) {}
