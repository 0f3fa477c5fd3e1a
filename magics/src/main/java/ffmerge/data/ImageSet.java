package ffmerge.data;

import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The images of a split, prepared for one model. Images stay encoded until a batch needs them. */
public final class ImageSet implements ImageSource {
    private static final int AT_A_TIME = 64;
    private static final int NAMED = 3;

    private final String name;
    private final Split split;
    private final ImageFiles files;
    private final Preprocessing preprocessing;
    /** The images that are used, by their number in the files. */
    private final int[] images;
    /** The model's class for each of the data's. */
    private final int[] classes;

    private final List<Integer> broken;

    /** An image as the model sees it, and as it is shown. */
    public record Shown(String name, int label, PixelImage image) {}

    private ImageSet(
            String name,
            Split split,
            ImageFiles files,
            Preprocessing preprocessing,
            int[] classes,
            List<Integer> broken) {
        this.name = name;
        this.split = split;
        this.files = files;
        this.preprocessing = preprocessing;
        this.classes = classes;
        this.broken = broken;
        Set<Integer> without = Set.copyOf(broken);
        this.images = IntStream.range(0, files.size())
                .filter(i -> !without.contains(i))
                .toArray();
        if (images.length == 0) {
            throw new UserError(name + " " + split.label() + ": none of its " + Counted.of(files.size(), "images")
                    + " can be decoded");
        }
    }

    /**
     * @param name the data set, for messages and logs
     * @param where a parquet file, a folder of them, or a folder of class folders
     * @param columns that are asked for
     * @param classNames of the model; none of one that tells no classes, which takes any
     * @throws UserError if there are no images, or one's class is unknown to the model
     */
    public static ImageSet open(
            String name,
            Path where,
            Split split,
            Columns columns,
            Preprocessing preprocessing,
            List<String> classNames) {
        return of(name, ImageLocation.open(where, split, columns), where, split, preprocessing, classNames);
    }

    /** @param where for messages */
    static ImageSet of(
            String name,
            ImageFiles files,
            Path where,
            Split split,
            Preprocessing preprocessing,
            List<String> classNames) {
        if (classNames.isEmpty()) {
            int labels =
                    IntStream.range(0, files.size()).map(files::label).max().orElse(0);
            return new ImageSet(
                    name,
                    split,
                    files,
                    preprocessing,
                    IntStream.rangeClosed(0, Math.max(0, labels)).toArray(),
                    List.of());
        }
        int[] classes = files.classNames().isEmpty()
                ? IntStream.range(0, classNames.size()).toArray()
                : ImageClasses.match(files.classNames(), classNames, where.toString());
        for (int i = 0; i < files.size(); i++) {
            if (files.label(i) < 0) {
                throw new UserError(files.name(i) + " has no label: quality is measured on labelled images");
            }
            if (files.label(i) >= classes.length) {
                throw new UserError(files.name(i) + " has the label " + files.label(i) + "; the model knows 0 to "
                        + (classes.length - 1));
            }
        }
        return new ImageSet(name, split, files, preprocessing, classes, List.of());
    }

    /** The set without those images that can't be decoded, for which each is tried once. */
    public ImageSet withoutBroken(Progress progress) {
        List<Integer> found = new ArrayList<>();
        try (Progress.Stage stage = progress.start("Checking images", files.size(), "images")) {
            for (int from = 0; from < files.size(); from += AT_A_TIME) {
                int[] some = IntStream.range(from, Math.min(files.size(), from + AT_A_TIME))
                        .toArray();
                List<byte[]> encoded = files.read(some);
                boolean[] fails = new boolean[some.length];
                IntStream.range(0, some.length).parallel().forEach(i -> fails[i] = !isWhole(encoded.get(i)));
                IntStream.range(0, some.length).filter(i -> fails[i]).forEach(i -> found.add(some[i]));
                stage.advance(from + some.length);
            }
        }
        return new ImageSet(name, split, files, preprocessing, classes, List.copyOf(found));
    }

    private boolean isWhole(byte[] encoded) {
        try {
            preprocessing.read(encoded);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What was left out, in a sentence; empty where nothing was. */
    public String leftOut() {
        if (broken.isEmpty()) {
            return "";
        }
        List<String> names = broken.stream().map(files::name).toList();
        return name + " " + split.label() + ": " + broken.size() + " of " + Counted.of(files.size(), "images")
                + " can't be decoded and " + (broken.size() == 1 ? "is" : "are") + " left out: "
                + Counted.firstOf(names, NAMED);
    }

    public int size() {
        return images.length;
    }

    /** The images from the start, at most so many, in batches that are prepared ahead of whoever goes through them. */
    public List<Batch> batches(int limit, int rows) {
        int count = Math.min(limit, images.length);
        return new BatchesAhead((count + rows - 1) / rows, batch -> {
            int from = batch * rows;
            return batch(Arrays.copyOfRange(images, from, Math.min(count, from + rows)), Augmentation.NONE, null);
        });
    }

    @Override
    public ImageSet first(int count) {
        return this;
    }

    /** Images from random places, drawn with a generator that each batch seeds anew, so that any batch can be drawn alone. */
    @Override
    public ImageBatch randomBatch(int rows, Augmentation augmentation, long seed, long index) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + index);
        int[] drawn = IntStream.range(0, rows)
                .map(i -> images[random.nextInt(images.length)])
                .toArray();
        return batch(drawn, augmentation, random);
    }

    /** An image's class, as the model counts its classes. */
    public int label(int index) {
        return classes[files.label(images[index])];
    }

    /** One image. */
    public Shown image(int index) {
        int image = images[index];
        byte[] encoded = files.read(new int[] {image}).get(0);
        return new Shown(files.name(image), label(index), prepare(image, encoded));
    }

    private ImageBatch batch(int[] of, Augmentation augmentation, SplittableRandom random) {
        List<byte[]> encoded = files.read(of);
        SplittableRandom[] own = new SplittableRandom[of.length];
        for (int i = 0; i < of.length && random != null; i++) {
            own[i] = random.split(); // each image's chance is the same whichever thread prepares it
        }
        PixelImage[] prepared = new PixelImage[of.length];
        IntStream.range(0, of.length)
                .parallel()
                .forEach(i -> prepared[i] = augmentation.apply(prepare(of[i], encoded.get(i)), own[i]));
        PixelImage first = prepared[0];
        int size = first.pixels().length;
        byte[] pixels = new byte[of.length * size];
        for (int i = 0; i < of.length; i++) {
            if (prepared[i].pixels().length != size || prepared[i].width() != first.width()) {
                throw new UserError(files.name(of[i]) + " has another size than the others after preparation; "
                        + "the model's preprocessor_config.json should resize or crop to a height and a width");
            }
            System.arraycopy(prepared[i].pixels(), 0, pixels, i * size, size);
        }
        int[] labels = Arrays.stream(of).map(i -> classes[files.label(i)]).toArray();
        return new ImageBatch(
                pixels,
                of.length,
                first.channels(),
                first.height(),
                first.width(),
                labels,
                preprocessing.normalization());
    }

    private PixelImage prepare(int image, byte[] encoded) {
        try {
            return preprocessing.read(encoded);
        } catch (IOException e) {
            throw new UserError(
                    files.name(image) + " can't be decoded: " + e.getMessage()
                            + "; --skip-broken leaves such images out",
                    e);
        }
    }
}
