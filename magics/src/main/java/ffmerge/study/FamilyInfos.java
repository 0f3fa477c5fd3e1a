package ffmerge.study;

import ffmerge.architecture.KnownFamily;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.export.OnnxModel;
import ffmerge.gguf.GgufWriter;
import ffmerge.model.ForwardPasses;
import ffmerge.model.LanguageModel;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import ffmerge.model.WeightForm;
import ffmerge.model.WeightForms;
import ffmerge.result.FamiliesResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What works with the models of each family, as its table, its forward pass and the lists of formats say. */
public final class FamilyInfos {
    private FamilyInfos() {}

    /** @throws ffmerge.UserError if a file of the user's that describes one is broken */
    public static FamiliesResult all() {
        return new FamiliesResult(
                KnownFamily.all().stream().map(FamilyInfos::of).toList());
    }

    private static FamiliesResult.Family of(KnownFamily family) {
        Class<? extends TransformerModel> type = ForwardPasses.type(family.pass());
        return new FamiliesResult.Family(
                family.family(),
                family.title(),
                family.modelTypes(),
                family.task().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                family.stacks().stream().map(KnownFamily.StackKind::name).toList(),
                gated(family),
                is(type, TextGenerator.class) || is(type, TranslationModel.class),
                is(type, LanguageModel.class),
                some(
                        family.stacks().stream().anyMatch(KnownFamily.StackKind::merges), "feed-forward",
                        family.stacks().stream().anyMatch(KnownFamily.StackKind::heads), "attention"),
                some(
                        family.stacks().stream().anyMatch(KnownFamily.StackKind::merges), "hidden",
                        family.stacks().stream().anyMatch(KnownFamily.StackKind::heads), "head"),
                family.stacks().stream().anyMatch(KnownFamily.StackKind::matrices)
                        ? WeightForms.ALL.stream().map(WeightForm::label).toList()
                        : List.of(),
                formats(family),
                family.file().map(Path::toString).orElse(null));
    }

    private static boolean is(Class<? extends TransformerModel> type, Class<?> what) {
        return what.isAssignableFrom(type);
    }

    private static String gated(KnownFamily family) {
        return family.stacks().stream()
                .map(KnownFamily.StackKind::gates)
                .map(gates -> gates.name().toLowerCase(Locale.ROOT))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static List<String> some(boolean first, String what, boolean second, String other) {
        return Stream.concat(first ? Stream.of(what) : Stream.of(), second ? Stream.of(other) : Stream.of())
                .toList();
    }

    /** Every family is written as transformers has it; others by lists of their own. */
    private static List<String> formats(KnownFamily family) {
        List<String> formats = new ArrayList<>();
        for (CheckpointWriter.Format format : CheckpointWriter.Format.values()) {
            formats.add(format.name().toLowerCase(Locale.ROOT));
        }
        if (family.modelTypes().stream().anyMatch(GgufWriter::writes)) {
            formats.add("gguf");
        }
        if (OnnxModel.writes(family.family())) {
            formats.add("onnx");
        }
        return formats;
    }
}
