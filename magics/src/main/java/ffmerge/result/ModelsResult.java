package ffmerge.result;

import java.util.List;

/**
 * What can be loaded and what is.
 *
 * @param demos the demo models' names
 * @param data the demo data sets' names
 * @param loaded the models in memory
 */
public record ModelsResult(List<String> demos, List<String> data, List<ModelInfo> loaded) implements Result {}
