package ffmerge.model;

/**
 * A linear map of low rank, {@code B A}, beside another.
 *
 * @param a {@code [rank, in]}, row by row
 * @param b {@code [out, rank]}, row by row
 */
public record LowRank(float[] a, float[] b) {}
