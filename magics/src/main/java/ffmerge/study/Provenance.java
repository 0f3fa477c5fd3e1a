package ffmerge.study;

/**
 * What a result depends on beside its options.
 *
 * @param model how the model came to be: what it was loaded from and each step since
 */
public record Provenance(String version, String java, String machine, int threads, String model) {
    /** @param lineage how the model came to be */
    public static Provenance of(String lineage) {
        String version = Provenance.class.getPackage().getImplementationVersion();
        return new Provenance(
                version == null ? "unpackaged" : version,
                Runtime.version().toString(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                lineage);
    }
}
