package ffmerge.study;

/**
 * What a result depends on beside its options.
 *
 * @param model how the model came to be: what it was loaded from and each step since
 */
public record Provenance(String version, String java, String device, int threads, String model) {}
