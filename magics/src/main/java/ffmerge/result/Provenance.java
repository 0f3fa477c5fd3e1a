package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * What a result depends on beside its options.
 *
 * @param model how the model came to be: what it was loaded from and each step since
 * @param models what the run worked on, by name; null in the logs of older versions
 */
public record Provenance(
        String version,
        String java,
        String machine,
        int threads,
        String model,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Subject> models) {
    /** Where nothing is known of the models but how the first came to be. */
    public Provenance(String version, String java, String machine, int threads, String model) {
        this(version, java, machine, threads, model, Map.of());
    }

    public Provenance {
        models = models == null ? Map.of() : Map.copyOf(models);
    }

    /**
     * @param lineage how the model came to be
     * @param models what the run works on, by name
     */
    public static Provenance of(String lineage, Map<String, Subject> models) {
        String version = Provenance.class.getPackage().getImplementationVersion();
        return new Provenance(
                version == null ? "unpackaged" : version,
                Runtime.version().toString(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                lineage,
                models);
    }
}
